/**
 * Estimates with zxcvbn-ts whether a password is easy to guess. It knows 49,000 leaked passwords, words of the person
 * and the service, keyboard patterns, sequences, repetitions and dates, also with letters replaced by signs. Loaded
 * with the first password that a person chooses, and with no other request.
 */
import { ZxcvbnFactory, type ZxcvbnResult } from "@zxcvbn-ts/core";
import { adjacencyGraphs, dictionary } from "@zxcvbn-ts/language-common";

/** An attacker can make this number of guesses online, over days, despite the limits. */
const FEWEST_GUESSES = 1e6;
/** Attackers try a single known word or pattern with digits and signs around it first. */
const FEWEST_GUESSES_OF_ONE_WORD = 1e10;
/** The estimate takes quadratic time, so characters beyond this limit are ignored. */
const MAX_CHARACTERS = 64;

const LETTER = /\p{L}/u;

const estimator = new ZxcvbnFactory({
  dictionary: { "passwords-common": dictionary["passwords-common"] },
  graphs: adjacencyGraphs,
});

/** Whether an attacker who knows these words needs too few guesses. */
export function isEasilyGuessed(password: string, words: readonly string[]): boolean {
  const looked = Array.from(password).slice(0, MAX_CHARACTERS).join("");
  const estimate = estimator.check(looked, [...words]);
  return estimate.guesses < (isOneWord(estimate) ? FEWEST_GUESSES_OF_ONE_WORD : FEWEST_GUESSES);
}

/** Whether the letters form at most one known word, or follow a pattern. */
function isOneWord({ sequence }: ZxcvbnResult): boolean {
  const lettered = sequence.filter(({ token }) => LETTER.test(token));
  const words = lettered.filter(({ pattern }) => pattern === "dictionary");
  return words.length <= 1 && lettered.every(({ pattern }) => pattern !== "bruteforce");
}
