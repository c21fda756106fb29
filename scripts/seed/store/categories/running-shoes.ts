// The vocabulary and products of the category of running shoes.

import type { Category } from "../wording.ts";

/** Shoes for road, trail and race day. */
export const runningShoes: Category = {
  slug: "running-shoes",
  size: 110,
  brands: ["stridevarn", "fleetmoor", "pacelune", "ravelmere"],
  series: [
    "Tempo",
    "Strade",
    "Hare",
    "Lope",
    "Fell",
    "Longshore",
    "Bounder",
    "Metre",
    "Skylark",
    "Roe",
    "Negative Split",
    "Towpath",
    "Harrier",
    "Scarp",
    "Swift",
    "Kilo",
    "Gallivant",
    "Intervalle",
  ],
  models: ["1", "2", "3", "4", "5", "Elite"],
  finishes: ["coral", "white and navy", "black", "lime", "sky", "ember orange", "ice blue", "plum"],
  vocabulary: {
    upper: ["engineered mesh", "recycled knit", "ripstop mesh", "merino-blend knit", "woven monofilament"],
    foam: ["nitrogen-infused EVA", "supercritical PEBA", "a dual-density foam", "a castor-oil-based foam"],
    drop: ["0", "4", "6", "8", "10"],
    grams: ["188", "214", "236", "252", "278", "301"],
    distance: [
      "parkland five-kilometre loops",
      "half marathons",
      "daily miles",
      "long Sundays",
      "a first marathon",
      "interval nights",
    ],
    lug: ["3", "4", "5", "6"],
  },
  kinds: [
    {
      noun: "{sex} Road Running Shoes",
      weight: 5,
      price: [69, 189],
      vocabulary: { sex: ["Women's", "Men's", "Unisex"] },
      features: [
        "A rocker under the toes shortens the ground contact without forcing the stride.",
        "Rubber only where it wears: the heel edge and under the ball of the foot.",
        "A wide toe box lets the foot spread on the second half of the run.",
        "The heel counter is firm, the collar padded, and nothing rubs on wet days.",
      ],
    },
    {
      noun: "{sex} Trail Running Shoes",
      weight: 4,
      price: [89, 209],
      vocabulary: { sex: ["Women's", "Men's", "Unisex"] },
      features: [
        "Lugs of {lug} mm grip on mud and let go of it again.",
        "A rock plate protects on scree without stiffening the forefoot.",
        "The waterproof membrane keeps bogs out; a plain version is lighter for summer.",
      ],
    },
    {
      noun: "{sex} Racing Flats",
      weight: 2,
      price: [129, 279],
      vocabulary: {
        sex: ["Women's", "Men's", "Unisex"],
        grams: ["142", "159", "176"],
        distance: ["half marathons", "a fast marathon", "five-kilometre races"],
        foam: ["supercritical PEBA"],
      },
      features: [
        "A curved carbon plate returns what the legs put in.",
        "Laces of serrated tape stay tied for 42 km.",
        "Good for about 400 km of racing; we would rather say so.",
      ],
    },
    {
      noun: "Barefoot Running Shoes",
      weight: 1,
      price: [59, 149],
      vocabulary: { drop: ["0"], foam: ["4 mm of cork and rubber"], grams: ["148", "166", "181"] },
      features: [
        "A sole of 6 mm rolls up in one hand and reports every pebble.",
        "Begin with one kilometre; calves need weeks to learn it.",
      ],
    },
  ],
  openings: [
    "Built for {distance}: {grams} g in size 42, with a drop of {drop} mm.",
    "A dependable shoe for {distance}.",
    "Soft landing, quick turnover, {drop} mm drop.",
    "The {finish} edition of a shoe made for {distance}.",
    "Neither the softest nor the fastest we make, and the one that most of us wear for {distance}.",
  ],
  materials: [
    "The upper is {upper}, the midsole {foam}.",
    "{upper} breathes in July, and {foam} keeps its bounce in January.",
    "At least half of the {upper} comes from recycled yarn; the sockliner is cork.",
  ],
  features: [
    "Reflective yarn runs through the laces and the heel.",
    "The tongue is stitched to the sides, so grit stays out.",
    "Fits true to size; take half a size more for thick socks.",
  ],
  care: [
    "Take out the insoles, brush off dirt and dry at room temperature with newspaper inside.",
    "Wash by hand in lukewarm water; the machine ruins the glue.",
    "Change between two pairs and both will last longer.",
  ],
  box: [
    "In the box: shoes, a second pair of laces and a card about sizing.",
    "Sent in the shoe box itself, without a second carton.",
    "Run in them for thirty days; if they are wrong, send them back.",
  ],
};
