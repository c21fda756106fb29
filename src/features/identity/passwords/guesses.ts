/**
 * Whether a password is easy to guess, as zxcvbn-ts estimates it: against 49,000 leaked passwords, words of the person and
 * of the service, keyboard patterns, sequences, repetitions, dates, and all of them with letters replaced by signs. Loaded
 * with the first password that is chosen, and by no other request.
 */
import { ZxcvbnFactory, type ZxcvbnResult } from "@zxcvbn-ts/core";
import { adjacencyGraphs, dictionary } from "@zxcvbn-ts/language-common";

/** Fewer guesses than this are made online, over days, in spite of the limits. */
const FEWEST_GUESSES = 1e6;
/** One known word, or a pattern, with digits and signs around it is tried before anything else. */
const FEWEST_GUESSES_OF_ONE_WORD = 1e10;
/** The estimate takes quadratic time. What follows these characters is not looked at. */
const MAX_CHARACTERS = 64;

const LETTER = /\p{L}/u;

const estimator = new ZxcvbnFactory({
  dictionary: { "passwords-common": dictionary["passwords-common"] },
  graphs: adjacencyGraphs,
});

/** Whether the password takes too few guesses for somebody who knows these words. */
export function isEasilyGuessed(password: string, words: readonly string[]): boolean {
  const looked = Array.from(password).slice(0, MAX_CHARACTERS).join("");
  const estimate = estimator.check(looked, [...words]);
  return estimate.guesses < (isOneWord(estimate) ? FEWEST_GUESSES_OF_ONE_WORD : FEWEST_GUESSES);
}

/** Whether the letters are one known word at most, or follow a pattern. */
function isOneWord({ sequence }: ZxcvbnResult): boolean {
  const lettered = sequence.filter(({ token }) => LETTER.test(token));
  const words = lettered.filter(({ pattern }) => pattern === "dictionary");
  return words.length <= 1 && lettered.every(({ pattern }) => pattern !== "bruteforce");
}
