// How the catalogue's names and descriptions are written: sentences with {slots} that are filled from vocabularies.
// Guarantees: every slot is filled. Refuses: a slot that no vocabulary knows, with an error.

import { pick, type Random } from "./random.ts";

/** Slot name to the values it may take; values stand in lower case unless they are names or units. */
export type Vocabulary = Readonly<Record<string, readonly string[]>>;

/** A kind of product within a category; its vocabulary goes before the category's. */
export interface Kind {
  /** May contain slots. */
  readonly noun: string;
  readonly weight: number;
  /** Cheapest and dearest, in whole units of the currency. */
  readonly price: readonly [low: number, high: number];
  readonly vocabulary?: Vocabulary;
  readonly features: readonly string[];
  /** Instead of the category's. */
  readonly models?: readonly string[];
  /** Instead of the category's. */
  readonly finishes?: readonly string[];
}

/** Everything that is said and sold in one category. */
export interface Category {
  readonly slug: string;
  /** How many products the category has, the hand-written ones included. */
  readonly size: number;
  /** Slugs of brands, the most productive first. */
  readonly brands: readonly string[];
  /** Product lines; each belongs to one brand of the category and holds one kind. */
  readonly series: readonly string[];
  /** Models of a line, the cheapest first; an empty string is a model without a mark. */
  readonly models: readonly string[];
  /** Colours, sizes or editions: what the variants of one model differ in. */
  readonly finishes: readonly string[];
  readonly vocabulary: Vocabulary;
  /** What is true of single product lines only; goes before all other vocabulary. */
  readonly lines?: Readonly<Record<string, Vocabulary>>;
  readonly kinds: readonly Kind[];
  readonly openings: readonly string[];
  readonly materials: readonly string[];
  readonly features: readonly string[];
  readonly care: readonly string[];
  readonly box: readonly string[];
}

/** Slot name to the one value chosen for a product. */
export type Values = ReadonlyMap<string, string>;

/** Chooses one value for each slot. */
export function chooseValues(random: Random, vocabulary: Vocabulary): Map<string, string> {
  return new Map(Object.entries(vocabulary).map(([slot, values]) => [slot, pick(random, values)]));
}

/**
 * Fills `{slot}` with its value and `{a:slot}` with its value after the right article.
 * Throws a RangeError for a slot without a value.
 */
export function fill(template: string, values: Values): string {
  return template.replace(/\{(a:)?([a-z]+)\}/g, (_, article: string | undefined, slot: string) => {
    const value = values.get(slot);
    if (value === undefined) throw new RangeError(`no value for {${slot}} in: ${template}`);
    return article === undefined ? value : `${articleOf(value)} ${value}`;
  });
}

/** Fills a sentence and begins it with a capital. */
export function sentence(template: string, values: Values): string {
  const filled = fill(template, values);
  return filled.charAt(0).toUpperCase() + filled.slice(1);
}

/** The text as it stands in a product's name: words capitalised, small words and units left alone. */
export function titleCase(text: string): string {
  return text.replace(/(?<![\p{L}\p{N}'’])\p{L}[\p{L}'’]*/gu, (word) =>
    LEFT_LOWER.has(word) ? word : word.charAt(0).toUpperCase() + word.slice(1),
  );
}

const LEFT_LOWER = new Set([
  "and",
  "of",
  "in",
  "with",
  "for",
  "the",
  "on",
  "to",
  "cm",
  "mm",
  "ml",
  "inch",
  "kg",
  "g",
  "à",
  "de",
]);

function articleOf(value: string): "a" | "an" {
  return /^([aeiou]|8|11\b|18\b)/i.test(value) && !/^(uni|use|one|eu)/i.test(value) ? "an" : "a";
}
