// The vocabulary and products of the category of keyboards.

import type { Category } from "../wording.ts";

/** Keyboards for heavy typists. */
export const keyboards: Category = {
  slug: "keyboards",
  size: 92,
  brands: ["klackwerth", "typhane", "tondrel", "ergovane"],
  series: [
    "Staccato",
    "Quire",
    "Baseline",
    "Monolith",
    "Cantle",
    "Haiku",
    "Tenfold",
    "Meridian",
    "Keystone",
    "Ligature",
    "Offset",
    "Glyph",
    "Pica",
    "Serif",
    "Kern",
    "Carriage",
  ],
  models: ["60", "65", "75", "TKL", "96", "Full"],
  finishes: ["slate", "crème", "forest", "ink blue", "oat", "charcoal", "lilac", "retro grey"],
  vocabulary: {
    caps: ["dye-sublimated PBT", "double-shot PBT", "double-shot ABS", "shine-through PBT"],
    switches: ["tactile", "linear", "silent linear", "clicky", "silent tactile"],
    body: [
      "CNC-milled aluminium",
      "walnut",
      "frosted polycarbonate",
      "recycled ABS",
      "bamboo",
      "brass-weighted aluminium",
    ],
    layout: ["ANSI", "ISO", "ISO Nordic", "ISO German"],
    months: ["three", "five", "eight", "eleven"],
    force: ["38", "45", "55", "62"],
  },
  kinds: [
    {
      noun: "Mechanical Keyboard",
      weight: 4,
      price: [69, 329],
      features: [
        "The {switches} switches actuate at {force} g and can be swapped without soldering.",
        "Two layers of foam and a gasket mount take the hollow noise out of every key.",
        "Every key can be remapped in the browser and the map is stored on the board.",
        "South-facing lights shine through without making the desk look like an arcade.",
      ],
    },
    {
      noun: "Wireless Low-Profile Keyboard",
      weight: 3,
      price: [39, 189],
      features: [
        "Three paired devices sit behind three keys, and a cable makes it four.",
        "The battery lasts {months} months with the light off.",
        "At 22 mm it needs no wrist rest, and it slips into a laptop sleeve.",
      ],
    },
    {
      noun: "Split Ergonomic Keyboard",
      weight: 2,
      price: [129, 449],
      models: ["42", "58", "68"],
      features: [
        "The halves move apart to shoulder width and tent from 5 to 15 degrees.",
        "Thumb clusters take over space, enter and the modifiers, so that the little fingers can rest.",
        "Expect a fortnight of slow typing; after that most do not go back.",
      ],
    },
    {
      noun: "Quiet Office Keyboard",
      weight: 2,
      price: [19, 89],
      vocabulary: {
        switches: ["silent linear", "silent tactile"],
        body: ["recycled ABS", "recycled ABS with a steel plate"],
      },
      features: [
        "Measured at 41 dB, it makes less noise than the ventilation of a meeting room.",
        "Spill channels lead a cup of coffee out of the back.",
        "A numeric pad and four programmable keys stand where accountants expect them.",
      ],
    },
    {
      noun: "Mechanical Numeric Pad",
      weight: 1,
      price: [25, 99],
      models: ["21", "23", "Mini"],
      features: [
        "Twenty-one keys and a knob that scrolls, zooms or turns the volume.",
        "It sits left or right of the keyboard and speaks to it over the same receiver.",
      ],
    },
  ],
  openings: [
    "{a:finish} board for people who write for a living.",
    "Built for long days of text, with {switches} keys and nothing that blinks.",
    "A compact companion with {caps} keycaps in the {layout} layout.",
    "The sound is low and even, the feel is {switches}, the footprint is small.",
    "A sensible first board that leaves room to tinker.",
  ],
  materials: [
    "The case is {body}; the caps are {caps} and will not turn shiny.",
    "{body} gives it the weight to stay where you put it.",
    "We chose {body} for the case because it sounds better than it looks, and it looks good.",
  ],
  features: [
    "Works with all major systems; legends for two of them are on the caps.",
    "The {layout} layout is standard in every row, so replacement caps are easy to find.",
    "A USB-C socket in the middle of the back lets the cable leave either way.",
  ],
  care: [
    "Pull the caps once a year and wash them in warm water with a drop of soap.",
    "Oil the wooden parts, where there are any, with a food-safe oil every winter.",
    "Blow out crumbs with air, never with the vacuum cleaner.",
  ],
  box: [
    "In the box: keyboard, braided cable, cap puller, switch puller and three spare switches.",
    "Comes with two sets of feet and a dust cover.",
    "The box holds the board, a cable and caps for the other system.",
  ],
};
