// The catalogue: products, prices and stock. It always has the same entries in the same order. Names are unique except
// for a few models that are listed twice on purpose. A category whose vocabulary is too small for its size throws an
// error.

import { chance, int, pick, pickWeighted, type Random, randomOf, shuffle } from "../random.ts";
import { BRANDS, type Brand } from "./brands.ts";
import { CATEGORIES } from "./categories.ts";
import type { CatalogueEntry } from "./entry.ts";
import { EXTREMES } from "./extremes.ts";
import { type Category, chooseValues, fill, type Kind, sentence, titleCase, type Values } from "./wording.ts";

interface Line {
  readonly name: string;
  readonly brand: Brand;
  readonly kind: Kind;
}

/** All products, category by category. */
export function catalogue(): CatalogueEntry[] {
  return CATEGORIES.flatMap((category) => {
    const byHand = EXTREMES.filter((entry) => entry.category === category.slug);
    return [...byHand, ...entriesOf(category, category.size - byHand.length)];
  });
}

function entriesOf(category: Category, count: number): CatalogueEntry[] {
  const random = randomOf(`catalogue/${category.slug}`);
  const lines = linesOf(category, random);
  const models = shuffle(
    random,
    lines.flatMap((line) => {
      const marks = line.kind.models ?? category.models;
      return marks.map((model, index) => ({ line, model, rank: index / (marks.length - 1) }));
    }),
  );
  const entries: CatalogueEntry[] = [];
  for (const { line, model, rank } of models) {
    entries.push(...variantsOf(category, line, model, rank, random));
    if (entries.length >= count) return entries.slice(0, count);
  }
  throw new RangeError(`${category.slug}: only ${entries.length} of ${count} products`);
}

/** Assigns each product line to a brand: first one line per brand, then more to the first brands. */
function linesOf(category: Category, random: Random): Line[] {
  const makers = category.brands.map((slug, index) => ({ brand: brandOf(slug), weight: 1 / (index + 1) }));
  return shuffle(random, category.series).map((name, index) => ({
    name,
    brand: (makers[index] ?? pickWeighted(random, makers)).brand,
    kind: pickWeighted(random, category.kinds),
  }));
}

function brandOf(slug: string): Brand {
  const brand = BRANDS.find((candidate) => candidate.slug === slug);
  if (brand === undefined) throw new RangeError(`no brand ${slug}`);
  return brand;
}

/** One to three products of one model that differ in the finish, or only in the listing. */
function variantsOf(category: Category, line: Line, model: string, rank: number, random: Random): CatalogueEntry[] {
  const { brand, kind } = line;
  const facts = chooseValues(random, { ...category.vocabulary, ...kind.vocabulary, ...category.lines?.[line.name] });
  const listedTwice = chance(random, 0.012);
  const size = listedTwice ? 2 : pickWeighted(random, VARIANTS).size;
  const namesFinish = size > 1 || chance(random, 0.4);
  const standing = 0.1 + 0.45 * brand.level + 0.3 * rank + 0.2 * random() - 0.05;
  const [low, high] = kind.price;
  // Multiplied explicitly, because powers and logarithms can differ in their last bits between engines.
  const price = low + (high - low) * Math.min(1, Math.max(0, standing * standing));
  const priceAmount = likelyPrice(random, price);
  return shuffle(random, kind.finishes ?? category.finishes)
    .slice(0, size)
    .map((finish, _, finishes) => (listedTwice ? (finishes[0] ?? finish) : finish))
    .map((finish) => {
      const values = new Map([...facts, ["finish", finish] as const]);
      return {
        category: category.slug,
        brand: brand.slug,
        name: nameOf(line, model, namesFinish ? finish : "", values),
        description: describe(category, kind, values, random),
        priceAmount: chance(random, 0.1) ? likelyPrice(random, price * 0.8) : priceAmount,
        stock: stockOf(random),
      };
    });
}

const VARIANTS = [
  { size: 1, weight: 5 },
  { size: 2, weight: 3 },
  { size: 3, weight: 2 },
];

function nameOf(line: Line, model: string, finish: string, values: Values): string {
  const name = [line.brand.name, line.name, model, titleCase(fill(line.kind.noun, values))].filter(Boolean).join(" ");
  if (finish === "") return name;
  const startsLower = finish.charAt(0) !== finish.charAt(0).toUpperCase();
  return `${name}, ${startsLower ? titleCase(finish) : finish}`;
}

/** Two to four sentences: an opening, the function, and often material, care or accessories. */
function describe(category: Category, kind: Kind, values: Values, random: Random): string {
  const [first, second] = shuffle(random, kind.features);
  const shape = pickWeighted(random, SHAPES);
  const sentences = [pick(random, category.openings), first];
  if (shape.parts.includes("material")) sentences.push(pick(random, category.materials));
  if (shape.parts.includes("more")) sentences.push(chance(random, 0.6) ? second : pick(random, category.features));
  if (shape.parts.includes("care")) sentences.push(pick(random, category.care));
  if (shape.parts.includes("box")) sentences.push(pick(random, category.box));
  return sentences
    .filter((template) => template !== undefined)
    .map((template) => sentence(template, values))
    .join(" ");
}

const SHAPES: readonly {
  readonly parts: readonly ("material" | "more" | "care" | "box")[];
  readonly weight: number;
}[] = [
  { parts: [], weight: 1 },
  { parts: ["material"], weight: 3 },
  { parts: ["more"], weight: 2 },
  { parts: ["material", "more"], weight: 4 },
  { parts: ["material", "care"], weight: 4 },
  { parts: ["more", "care"], weight: 3 },
  { parts: ["material", "box"], weight: 3 },
  { parts: ["more", "box"], weight: 2 },
];

/** Rounds a price in whole units to a typical retail price. The result is in minor units. */
function likelyPrice(random: Random, units: number): number {
  if (units < 15) return Math.floor(units) * 100 + pick(random, [49, 90, 95, 99]);
  if (units < 60) return Math.floor(units) * 100 + pick(random, [0, 50, 90, 95, 99, 99]);
  if (units < 300) return (Math.max(6, Math.round(units / 10)) * 10 - 1) * 100 + pick(random, [0, 0, 95, 99]);
  if (units < 1000) return (Math.round(units / 20) * 20 - 1) * 100 + pick(random, [0, 0, 99]);
  return (Math.round(units / 50) * 50 - pick(random, [1, 1, 10])) * 100;
}

function stockOf(random: Random): number {
  const luck = random();
  if (luck < 0.04) return 0;
  if (luck < 0.2) return int(random, 1, 9);
  if (luck < 0.93) return int(random, 10, 180);
  return int(random, 181, 500);
}
