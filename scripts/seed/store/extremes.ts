// Hand-written products: prices and stocks at their limits, and unusual punctuation.

import type { CatalogueEntry } from "./entry.ts";

/** Products that templates do not cover. They count towards the size of their category. */
export const EXTREMES: readonly CatalogueEntry[] = [
  {
    category: "notebooks",
    brand: "papyrelle",
    name: "Papyrelle Paper Sample Card",
    description:
      "Six swatches of our papers, from smooth ivory to toothy natural, stitched into a card. Free of charge, one per household; postage is on us too.",
    priceAmount: 0,
    stock: 500,
  },
  {
    category: "houseplants",
    brand: "mossanders",
    name: "Mossanders Windowsill Seed Sachet",
    description:
      "Basil, cress or nasturtium, as the season has it. Given away in spring while the sachets last. Sow on damp soil and wait a week.",
    priceAmount: 0,
    stock: 0,
  },
  {
    category: "board-games",
    brand: "pawnwick",
    name: "Pawnwick Replacement Pawn, Beech",
    description:
      "One turned beech pawn, 24 mm, unpainted. We sell lost pieces at what the shipping system lets us charge at the least.",
    priceAmount: 1,
    stock: 499,
  },
  {
    category: "keyboards",
    brand: "klackwerth",
    name: 'Klackwerth "Don\'t Panic" Escape Keycap (50% Off; Last Ones)',
    description:
      "A single double-shot PBT cap for the upper-left corner. It says 'no' in small type; some say it's rude, 100% of testers laughed. Fits all of our boards.",
    priceAmount: 99,
    stock: 3,
  },
  {
    category: "bicycles",
    brand: "veloskarn",
    name: "Veloskarn Tramontane Museum Edition No. 7",
    description:
      "Hand-lugged titanium and silver, built to order in a year and a half. The last of seven; six hang in museums. It may be ridden, and we hope it will be.",
    priceAmount: 12_500_000,
    stock: 1,
  },
  {
    category: "board-games",
    brand: "oakengambit",
    name: "Oakengambit Collector's Chess Set in Platinum and Walnut",
    description:
      "Thirty-two pieces cast in platinum and rose gold on a board of Italian walnut, with a vault case. The dearest thing we sell, insured to your door.",
    priceAmount: 100_000_000,
    stock: 1,
  },
];
