// The vocabulary and products of the category of backpacks.

import type { Category } from "../wording.ts";

/** Packs for town, school and mountain. */
export const backpacks: Category = {
  slug: "backpacks",
  size: 108,
  brands: ["rucksholm", "tarnskaw", "wanderquill", "pacelune", "ravelmere", "soltanger"],
  series: [
    "Cairn",
    "Tramline",
    "Fathom",
    "Portage",
    "Moraine",
    "Satchel",
    "Drover",
    "Ridgeway",
    "Errand",
    "Lichen",
    "Switchback",
    "Quayside",
    "Tussock",
    "Transit",
    "Haversack",
    "Bothy",
    "Courier",
    "Scree",
  ],
  models: ["12", "18", "22", "28", "35", "48", "60"],
  finishes: ["moss", "black", "sand", "navy", "rust", "storm grey", "mustard", "crème"],
  vocabulary: {
    fabric: [
      "recycled nylon",
      "waxed cotton canvas",
      "recycled polyester",
      "ripstop nylon",
      "hemp canvas",
      "welded sailcloth",
    ],
    trim: ["vegetable-tanned leather", "cork", "woven webbing", "bonded rubber"],
    laptop: ["13-inch", "14-inch", "15.6-inch", "16-inch"],
    buckle: ["aluminium hooks", "magnetic buckles", "titanium hooks", "steel cams"],
    grams: ["540", "690", "820", "980", "1,250", "1,480"],
    trip: [
      "the commute",
      "a weekend with one bag",
      "a day in the hills",
      "school and what comes after",
      "carry-on travel",
    ],
  },
  kinds: [
    {
      noun: "Commuter Backpack",
      weight: 4,
      price: [59, 229],
      models: ["16", "20", "24", "28"],
      features: [
        "A suspended {laptop} sleeve hangs clear of the ground, however hard you put the bag down.",
        "The roll top gives another six litres on market days.",
        "Reflective loops take a lamp, and the luggage strap takes a suitcase.",
        "A fleece-lined pocket at the top is for glasses and the phone.",
      ],
    },
    {
      noun: "Hiking Daypack",
      weight: 3,
      price: [45, 189],
      vocabulary: { trip: ["a day in the hills", "a walk in the forest", "an early train to the mountains"] },
      models: ["18", "22", "26", "30"],
      features: [
        "The mesh back keeps two fingers of air between pack and shirt.",
        "Side pockets take a 1 L bottle that can be reached while walking.",
        "Waterproof zips and a rain cover in its own pocket deal with the afternoon.",
      ],
    },
    {
      noun: "Waterproof Roll-Top Backpack",
      weight: 2,
      price: [69, 249],
      vocabulary: { fabric: ["welded sailcloth", "welded recycled nylon", "coated recycled polyester"] },
      models: ["20", "30", "40"],
      features: [
        "Welded seams make it waterproof, not merely rain-resistant: it floats.",
        "Three turns of the top and two {buckle} keep a downpour out.",
        "A valve lets the air out for packing flat.",
      ],
    },
    {
      noun: "Trekking Backpack",
      weight: 2,
      price: [119, 389],
      vocabulary: {
        trip: ["two weeks on foot", "the way from hut to hut", "a long trail"],
        grams: ["1,250", "1,480", "1,690"],
      },
      models: ["45", "55", "65", "75"],
      features: [
        "The harness adjusts over 12 cm and the hip belt carries the load, not the shoulders.",
        "A full-length side zip finds the socks without emptying the bag.",
        "Stays of aluminium bend to the shape of your back and remember it.",
      ],
    },
    {
      noun: "Kids' Backpack",
      weight: 1,
      price: [24, 79],
      vocabulary: {
        laptop: ["11-inch"],
        grams: ["320", "380", "410"],
        trip: ["kindergarten", "the first school years", "a night at the grandparents'"],
      },
      models: ["8", "10", "12"],
      features: [
        "A chest strap with a whistle stops the straps from slipping.",
        "The name tag is inside, where strangers cannot read it.",
      ],
    },
  ],
  openings: [
    "A pack for {trip}, {grams} g empty.",
    "Everything for {trip}, nothing that dangles.",
    "Carried every day for a year before we dared to sell it.",
    "In {finish}, with room for {trip} and a pocket for what you always lose.",
    "A plain bag, well made, for {trip}.",
  ],
  materials: [
    "Sewn from {fabric} with details of {trim}.",
    "The outer is {fabric}, the lining is pale, so that you can see what is in it.",
    "{fabric} and {buckle}: both have survived a winter on a bike courier.",
    "All fabrics are free of PFAS; the {fabric} is certified, and the {trim} can be renewed.",
  ],
  features: [
    "Straps, belts and {buckle} are replaceable and sold as parts.",
    "A hidden pocket against the back takes a passport.",
    "It stands up by itself, half full or full.",
  ],
  care: [
    "Wash by hand at 30 °C with mild soap and dry in the shade.",
    "Re-wax canvas once a year with the tin that we sell, a hair dryer and some patience.",
    "Brush off mud when dry; do not machine wash, since it harms the waterproof coating.",
  ],
  box: [
    "Comes with a rain cover and a key leash.",
    "Repairs are free for ten years; the slip is in the front pocket.",
    "A chest strap and a spare buckle are included.",
  ],
};
