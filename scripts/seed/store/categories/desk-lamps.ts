// The vocabulary and products of the category of desk lamps.

import type { Category } from "../wording.ts";

/** Lamps for reading, drawing and soldering. */
export const deskLamps: Category = {
  slug: "desk-lamps",
  size: 86,
  brands: ["lumbrasse", "vesperholt", "pellucine", "birchlantern", "typhane", "quarrenby"],
  series: [
    "Heron",
    "Lumen",
    "Arc",
    "Vesper",
    "Candela",
    "Pivot",
    "Dusk",
    "Atelier",
    "Halo",
    "Stork",
    "Penumbra",
    "Gable",
    "Filament",
    "Polder",
    "Beacon",
    "Tilt",
    "Ember",
    "Quay",
  ],
  models: ["", "S", "M", "L", "Mk II"],
  finishes: ["crème", "matt black", "brass", "moss green", "brick red", "pale blue", "white", "smoke"],
  vocabulary: {
    base: ["walnut", "oak", "cast iron", "travertine", "powder-coated steel", "marble", "cork and steel"],
    shade: ["spun aluminium", "opal glass", "pleated linen", "folded paper", "enamelled steel", "brass"],
    lumens: ["420", "560", "800", "1,050"],
    kelvin: ["2,200 to 4,000", "2,700 to 5,000", "2,700 to 6,500"],
    reach: ["45", "62", "78", "90"],
    cord: ["a braided textile cord", "a flat linen cord", "a black rubber cord"],
  },
  kinds: [
    {
      noun: "Architect Desk Lamp",
      weight: 3,
      price: [49, 289],
      features: [
        "Springs balance the arm at every angle over {reach} cm of reach.",
        "The joints can be tightened by hand and do not sag in summer.",
        "It clamps to boards up to 6 cm thick, or stands on its own foot.",
      ],
    },
    {
      noun: "LED Task Lamp",
      weight: 4,
      price: [29, 219],
      features: [
        "Light runs from {kelvin} kelvin at a colour rendering of 97.",
        "A sensor holds the desk at the same brightness while the sun goes down.",
        "Flicker-free dimming down to one percent, with no noise from the driver.",
        "The memory keeps the last setting after a power cut.",
      ],
    },
    {
      noun: "{base} Table Lamp",
      weight: 3,
      price: [59, 389],
      features: [
        "The shade of {shade} throws light down for work and a little up for the room.",
        "A rotary switch sits in {cord}, where the hand finds it.",
        "It takes any E27 bulb up to 12 W; one is included.",
      ],
    },
    {
      noun: "Rechargeable Cordless Lamp",
      weight: 2,
      price: [35, 179],
      vocabulary: { cord: ["a USB-C cable"], lumens: ["180", "240", "320"] },
      features: [
        "A charge gives nine hours at full light and four evenings at half.",
        "Waterproof to IP54, so that it may stay on the balcony table overnight.",
        "Touch the top to dim; hold it to switch off.",
      ],
    },
    {
      noun: "Clip-On Reading Lamp",
      weight: 1,
      price: [12, 69],
      vocabulary: { base: ["steel and felt", "beech and felt"], lumens: ["120", "180"] },
      features: [
        "The clip is lined with felt and opens to 5 cm: shelves, headboards, music stands.",
        "A narrow beam lights the page and lets the other half of the bed sleep.",
      ],
    },
  ],
  openings: [
    "{lumens} lumens where you need them and darkness where you do not.",
    "A quiet lamp in {finish} for desks that are also dining tables.",
    "Drawn with a compass and one ruler: {shade} above, {base} below.",
    "A small lamp for late letters and early exams.",
    "An old workshop form with a light source that will outlive the mortgage.",
  ],
  materials: [
    "The shade is {shade}, the base {base}, and {cord} of two metres leads to the wall.",
    "The base is {base} and forgives an elbow.",
    "{shade} softens the edge of the light; the metal parts are finished in {finish}.",
  ],
  features: [
    "The light source can be replaced with a screwdriver and is kept in stock for fifteen years.",
    "A second socket in the foot charges a phone.",
    "Standby power is below a tenth of a watt.",
  ],
  care: [
    "Dust it with a dry cloth; brass may be polished or left to darken.",
    "Unplug it and let it cool before wiping the shade.",
    "Wood likes a little wax once a year and no window cleaner ever.",
  ],
  box: [
    "In the box: lamp, bulb, power supply and a hex key.",
    "Comes assembled, with a clamp and a table foot.",
    "Packed in moulded pulp, without plastic.",
  ],
};
