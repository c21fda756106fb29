// The vocabulary and products of the category of tents.

import type { Category } from "../wording.ts";

/** Tents from solo to family. */
export const tents: Category = {
  slug: "tents",
  size: 72,
  brands: ["skarnhytte", "moorhollin", "tarnskaw", "nordkettil", "soltanger"],
  series: [
    "Lean-To",
    "Vidda",
    "Hollow",
    "Bivvy",
    "Snowline",
    "Glade",
    "Nunatak",
    "Machair",
    "Lantern",
    "Caravel",
    "Eyrie",
    "Polaris",
    "Wold",
    "Sæter",
    "Heath",
  ],
  models: ["1", "2", "3", "4", "2 Ultralight", "6 Family"],
  finishes: ["pine green", "sand", "signal orange", "granite", "ochre", "dusk blue"],
  vocabulary: {
    fly: [
      "silicone-coated ripstop nylon",
      "recycled polyester",
      "cotton-polyester canvas",
      "twice-coated ripstop polyester",
    ],
    poles: ["aluminium", "carbon-fibre", "fibreglass", "tempered aluminium"],
    pegs: ["titanium", "aluminium Y-shaped", "steel", "hard-anodised"],
    column: ["3,000", "4,000", "5,000", "8,000"],
    kilos: ["0.98", "1.45", "1.9", "2.6", "3.8", "7.4"],
    ground: [
      "on rock and sand",
      "in a windy valley",
      "above the tree line",
      "in a wet summer",
      "on a family campsite",
      "behind a stone wall",
    ],
  },
  kinds: [
    {
      noun: "Trekking Tent",
      weight: 4,
      price: [149, 799],
      vocabulary: { kilos: ["1.45", "1.9", "2.3"] },
      models: ["1", "2", "3", "2 Ultralight"],
      features: [
        "Fly and inner go up together, so the inside stays dry while it rains.",
        "The tub floor is waterproof to a column of {column} mm and its seams are taped.",
        "Two vestibules mean that nobody climbs over anybody at night.",
        "Packed it is as long as a loaf of bread and weighs {kilos} kg with {pegs} pegs.",
      ],
    },
    {
      noun: "Four-Season Expedition Tent",
      weight: 2,
      price: [499, 1899],
      vocabulary: { column: ["5,000", "8,000"], kilos: ["3.1", "3.8", "4.4"], poles: ["tempered aluminium"] },
      models: ["2", "3", "4", "3 Dome"],
      features: [
        "Snow flaps, sixteen guy points and crossed poles hold in a winter storm.",
        "Sleeves take two poles each when the forecast is serious.",
        "The inner is closed with fabric, not mesh, and keeps spindrift out.",
      ],
    },
    {
      noun: "Family Dome Tent",
      weight: 3,
      price: [119, 899],
      vocabulary: { poles: ["fibreglass", "aluminium"], kilos: ["6.9", "7.4", "9.8", "14"] },
      models: ["4", "5", "6", "8"],
      features: [
        "Standing height in the living room, and a darkened cabin for those who sleep past five.",
        "Poles are colour-coded; two adults need ten minutes, with children twenty.",
        "A canopy keeps boots and the stove out of the rain.",
      ],
    },
    {
      noun: "Tarp Shelter",
      weight: 1,
      price: [49, 299],
      vocabulary: { kilos: ["0.42", "0.58", "0.74"] },
      models: ["S", "M", "L", "XL"],
      features: [
        "Nineteen loops allow more shapes than we have names for.",
        "Set it up with walking poles, a branch or a bicycle.",
      ],
    },
  ],
  openings: [
    "A shelter that has stood {ground} and will again.",
    "Pitched {ground} in four minutes by one person.",
    "At {kilos} kg it is light for what it withstands.",
    "Made for people who sleep {ground} on purpose.",
    "A calm {finish} tent with more room than its weight suggests.",
  ],
  materials: [
    "The fly is {fly}, waterproof to {column} mm; the poles are {poles}.",
    "{poles} poles, {pegs} pegs, and a fly of {fly}.",
    "Reinforced corners, {pegs} pegs and seams taped at the factory.",
  ],
  features: [
    "Vents at the top and the foot keep condensation down.",
    "Guy lines reflect in the light of a head lamp.",
    "A footprint of the same shape is sold separately.",
  ],
  care: [
    "Dry it fully before it goes into the sack; mildew is not covered by any warranty.",
    "Sponge it with cold water and no detergent, then renew the waterproof coating every few seasons.",
    "Pack it loosely, never along the same folds.",
  ],
  box: [
    "In the box: tent, poles, pegs, guy lines and a repair sleeve.",
    "Comes with a compression sack and patches in the right colour.",
    "Supplied with twice the pegs you need, since you will lose half.",
  ],
};
