// The vocabulary and products of the category of houseplants.

import type { Category } from "../wording.ts";

/** Plants for rooms with and without sun. */
export const houseplants: Category = {
  slug: "houseplants",
  size: 78,
  brands: ["fernhallow", "chlorabelle", "mossanders", "birchlantern"],
  series: [
    "Atrium",
    "Windowsill",
    "Conservatory",
    "Hallway",
    "Bureau",
    "Nursery",
    "Botanist",
    "Veranda",
    "Orangerie",
    "North Room",
    "Stairwell",
    "Glasshouse",
    "Reading Corner",
    "Balcony",
  ],
  models: ["20 cm", "35 cm", "60 cm", "90 cm", "120 cm"],
  finishes: ["terracotta pot", "crème glazed pot", "nursery pot", "woven basket", "grey stoneware pot"],
  vocabulary: {
    light: ["bright, indirect light", "half shade", "a sunny south window", "a north window", "the light of an office"],
    water: ["once a week", "when the top of the soil is dry", "every ten days", "sparingly, and even less in winter"],
    soil: ["peat-free compost", "a loose mix of bark and pumice", "peat-free soil with bamboo fibre"],
    nursery: [
      "a family nursery by the sea",
      "a greenhouse heated with wood chips",
      "our own propagation house",
      "a grower who names every batch",
    ],
    temper: ["patient", "grateful", "a little dramatic", "hard-to-kill", "slow and dignified", "thirsty"],
  },
  kinds: [
    {
      noun: "{species}",
      weight: 4,
      price: [14, 189],
      vocabulary: {
        species: [
          "Monstera Deliciosa",
          "Creeping Fig",
          "Heartleaf Philodendron",
          "Swiss Cheese Vine",
          "Arrowhead Vine",
          "Golden Pothos",
        ],
      },
      features: [
        "New leaves unroll pale and darken within a week.",
        "Give it a pole of moss or bamboo and it will climb.",
        "Wipe the leaves with a damp cloth, and turn the pot a quarter each week.",
      ],
    },
    {
      noun: "{species}",
      weight: 2,
      price: [6, 59],
      vocabulary: {
        species: ["Aloe Vera", "Jade Plant", "Zebra Haworthia", "Snake Plant", "String of Pearls"],
        light: ["a sunny south window", "bright, indirect light"],
        water: ["every three weeks", "sparingly, and even less in winter"],
      },
      features: [
        "It stores water in its leaves and forgives a long holiday.",
        "Offsets appear at the base and can be given to friends.",
      ],
    },
    {
      noun: "{species}",
      weight: 2,
      price: [9, 79],
      vocabulary: {
        species: ["Boston Fern", "Maidenhair Fern", "Bird's-Nest Fern", "Staghorn Fern"],
        light: ["half shade", "a north window"],
      },
      features: ["Happy in bathrooms, where the air is humid.", "Its fronds swallow some of the noise of a bare room."],
    },
    {
      noun: "{species}",
      weight: 2,
      price: [12, 99],
      vocabulary: { species: ["Moth Orchid", "Peace Lily", "Flamingo Flower", "Wax Plant"] },
      features: [
        "Flowers last for eight weeks and return when the nights grow cool.",
        "The scent is strongest in the evening.",
      ],
    },
    {
      noun: "{species}",
      weight: 1,
      price: [5, 69],
      vocabulary: {
        species: ["Meyer Lemon Tree", "Olive Tree", "Rosemary Standard", "Dwarf Fig Tree"],
        light: ["a sunny south window"],
      },
      features: [
        "It may summer on the balcony and wants a cool, bright winter.",
        "Harvest little and often; it grows bushier for it.",
      ],
    },
  ],
  openings: [
    "{a:temper} plant for {light}.",
    "Raised by {nursery} and sent in the week it is ready.",
    "Happy in {light} and {temper} in between.",
    "For {light}; those who forget to water will find it {temper}.",
  ],
  materials: [
    "Potted in {soil}.",
    "Grown without peat or neonicotinoids by {nursery}.",
    "The {finish} is included; inside, the roots sit in {soil}.",
  ],
  features: [
    "Safe cultivation notes for homes with cats and dogs are printed on the label.",
    "Every plant is photographed before it leaves, so that you know which one is yours.",
    "If it arrives unhappy we send another.",
  ],
  care: [
    "Water {water} and let the rest drain away.",
    "Feed it monthly from March to September.",
    "Repot every second spring in {soil}.",
    "Keep it above 12 °C and out of draughts.",
  ],
  box: [
    "Packed in cardboard and wood wool, with a waterproof liner against spills.",
    "Comes with a care card and a stake.",
  ],
};
