// The fourteen categories of the local store, in the order of its menu.

import { backpacks } from "./categories/backpacks.ts";
import { bicycles } from "./categories/bicycles.ts";
import { boardGames } from "./categories/board-games.ts";
import { cameras } from "./categories/cameras.ts";
import { coffeeMakers } from "./categories/coffee-makers.ts";
import { cookware } from "./categories/cookware.ts";
import { deskLamps } from "./categories/desk-lamps.ts";
import { headphones } from "./categories/headphones.ts";
import { houseplants } from "./categories/houseplants.ts";
import { keyboards } from "./categories/keyboards.ts";
import { notebooks } from "./categories/notebooks.ts";
import { officeChairs } from "./categories/office-chairs.ts";
import { runningShoes } from "./categories/running-shoes.ts";
import { tents } from "./categories/tents.ts";
import type { Category } from "./wording.ts";

/** All categories. Their sizes add up to the size of the catalogue. */
export const CATEGORIES: readonly Category[] = [
  headphones,
  keyboards,
  cameras,
  deskLamps,
  officeChairs,
  coffeeMakers,
  cookware,
  backpacks,
  tents,
  runningShoes,
  bicycles,
  boardGames,
  houseplants,
  notebooks,
];
