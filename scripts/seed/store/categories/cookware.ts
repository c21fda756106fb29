// The vocabulary and products of the category of cookware.

import type { Category } from "../wording.ts";

/** Pots, pans and ovenware. */
export const cookware: Category = {
  slug: "cookware",
  size: 112,
  brands: ["gruvholm", "marmitelle", "ironmarrow", "nordkettil", "kettlewick"],
  series: [
    "Hearth",
    "Provençale",
    "Anvil",
    "Tavola",
    "Ember",
    "Mère",
    "Stokehold",
    "Larder",
    "Quenelle",
    "Smithy",
    "Gratin",
    "Copperlane",
    "Bistro",
    "Skillery",
    "Fjellhus",
    "Reduction",
    "Sunday",
    "Pantry",
  ],
  models: ["20 cm", "24 cm", "26 cm", "28 cm", "30 cm"],
  finishes: ["crème", "black", "flame red", "sea blue", "sage", "natural", "aubergine", "mustard"],
  vocabulary: {
    handle: ["walnut", "olive wood", "oiled beech", "riveted brass"],
    dish: [
      "ratatouille",
      "crème caramel",
      "a Sunday stew",
      "rösti",
      "paella",
      "a very good omelette",
      "sourdough",
      "bœuf bourguignon",
    ],
    hob: ["gas, ceramic and induction hobs", "every hob and the oven to 260 °C", "the hob, the oven and the open fire"],
    years: ["ten", "twenty", "thirty"],
    walls: ["1.5", "2", "2.5", "3"],
  },
  kinds: [
    {
      noun: "{metal} Frying Pan",
      weight: 4,
      price: [25, 229],
      vocabulary: { metal: ["carbon steel", "stainless steel", "copper core", "forged aluminium", "titanium-coated"] },
      features: [
        "The base is {walls} mm thick and stays flat at full heat.",
        "Sloping sides let an omelette slide out whole.",
        "Its ceramic non-stick layer is free of PFAS and can be used with wooden spoons only.",
        "A welded handle leaves no rivets for the fat to hide behind.",
      ],
    },
    {
      noun: "{metal} Skillet",
      weight: 2,
      price: [29, 169],
      vocabulary: { metal: ["cast iron", "polished cast iron"] },
      features: [
        "Pre-seasoned three times with grape-seed oil; each meal makes it better.",
        "Two pouring lips and a helper handle take care of the weight.",
      ],
    },
    {
      noun: "{metal} Casserole",
      weight: 3,
      price: [59, 389],
      vocabulary: { metal: ["enamelled cast iron", "stoneware", "stainless steel"] },
      features: [
        "Spikes under the lid return the steam evenly to the roast.",
        "The pale inside shows how brown the onions are.",
        "Bread comes out of it with a crust that can be heard.",
      ],
    },
    {
      noun: "{metal} Saucepan",
      weight: 3,
      price: [29, 259],
      vocabulary: { metal: ["stainless steel", "copper", "three-ply steel"] },
      features: [
        "A rolled rim pours without a drop running down the side.",
        "Marks on the inside count in quarters of a litre.",
        "It reacts within seconds, which is what custard and crème anglaise ask for.",
      ],
    },
    {
      noun: "{metal} Gratin Dish",
      weight: 1,
      price: [19, 119],
      vocabulary: { handle: ["cork-lined stoneware"], metal: ["stoneware", "glazed porcelain", "borosilicate glass"] },
      features: [
        "From freezer to oven to table; wide handles fit gloved hands.",
        "Scratch-resistant glaze lets the knife work in the dish.",
      ],
    },
  ],
  openings: [
    "For {dish}, and for everything before it.",
    "A pan to hand down: made for {years} years and more of {dish}.",
    "Heavy where it should be and light where it can be.",
    "The {finish} one, because {dish} deserves to come to the table in it.",
    "The size that we use most at home, and the first that we would buy again.",
  ],
  materials: [
    "{metal} with handles of {handle}.",
    "The walls of {metal} are {walls} mm thick; the handle is {handle} and stays cool.",
    "We use {metal} for its even heat, and {handle} because it can be replaced.",
  ],
  features: [
    "Suitable for {hob}.",
    "It stacks with the other sizes of the same line.",
    "Lids are shared across the line and sold singly.",
  ],
  care: [
    "The pan itself is dishwasher safe, though hot water and a brush are kinder to the handle.",
    "Wash without soap, dry on the flame, rub with a drop of oil.",
    "Let it cool before rinsing; a shock of cold water bends any pan.",
    "Not dishwasher safe, since the {handle} would suffer.",
  ],
  box: [
    "Comes with felt protectors for stacking and a booklet of eight recipes.",
    "Guaranteed for {years} years of household use.",
    "Packed in a carton that becomes a drawer insert.",
  ],
};
