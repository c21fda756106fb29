// Templates of the catalogue's names and descriptions: sentences with {slots} that are filled from vocabularies. Every
// slot is filled; an unknown slot throws an error.

import { pick, type Random } from "../random.ts";

/** The possible values of each slot. Values are in lower case unless they are names or units. */
export type Vocabulary = Readonly<Record<string, readonly string[]>>;

/** A kind of product within a category. Its vocabulary overrides the category's. */
export interface Kind {
  /** Can contain slots. */
  readonly noun: string;
  readonly weight: number;
  /** The lowest and highest price, in whole units of the currency. */
  readonly price: readonly [low: number, high: number];
  readonly vocabulary?: Vocabulary;
  readonly features: readonly string[];
  /** Overrides the value of the category. */
  readonly models?: readonly string[];
  /** Overrides the value of the category. */
  readonly finishes?: readonly string[];
}

/** The vocabulary and products of one category. */
export interface Category {
  readonly slug: string;
  /** The number of products in the category, including hand-written ones. */
  readonly size: number;
  /** Slugs of brands, the most productive first. */
  readonly brands: readonly string[];
  /** Product lines. Each belongs to one brand of the category and has one kind. */
  readonly series: readonly string[];
  /** The models of a line, the cheapest first. An empty string is a model without a name. */
  readonly models: readonly string[];
  /** Colours, sizes or editions that distinguish the variants of one model. */
  readonly finishes: readonly string[];
  readonly vocabulary: Vocabulary;
  /** Vocabulary of single product lines. It overrides all other vocabulary. */
  readonly lines?: Readonly<Record<string, Vocabulary>>;
  readonly kinds: readonly Kind[];
  readonly openings: readonly string[];
  readonly materials: readonly string[];
  readonly features: readonly string[];
  readonly care: readonly string[];
  readonly box: readonly string[];
}

/** The chosen value of each slot for a product. */
export type Values = ReadonlyMap<string, string>;

/** Chooses one value for each slot. */
export function chooseValues(random: Random, vocabulary: Vocabulary): Map<string, string> {
  return new Map(Object.entries(vocabulary).map(([slot, values]) => [slot, pick(random, values)]));
}

/**
 * Fills `{slot}` with its value and `{a:slot}` with its value after the correct article. @throws RangeError for a slot
 * without a value
 */
export function fill(template: string, values: Values): string {
  return template.replace(/\{(a:)?([a-z]+)\}/g, (_, article: string | undefined, slot: string) => {
    const value = values.get(slot);
    if (value === undefined) throw new RangeError(`no value for {${slot}} in: ${template}`);
    return article === undefined ? value : `${articleOf(value)} ${value}`;
  });
}

/** Fills a sentence and capitalizes its first letter. */
export function sentence(template: string, values: Values): string {
  const filled = fill(template, values);
  return filled.charAt(0).toUpperCase() + filled.slice(1);
}

/** The text in the form of product names: words are capitalized except small words and units. */
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
