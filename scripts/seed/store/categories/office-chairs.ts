// The vocabulary and products of the category of office chairs.

import type { Category } from "../wording.ts";

/** Chairs for work. */
export const officeChairs: Category = {
  slug: "office-chairs",
  size: 70,
  brands: ["sedelmoor", "lombarth", "ergovane", "vesperholt", "quarrenby"],
  series: [
    "Posture",
    "Sixpence",
    "Lumbar",
    "Chancery",
    "Swivel",
    "Trestle",
    "Bureau",
    "Perch",
    "Alder",
    "Counterpoint",
    "Atlas",
    "Secretary",
    "Poise",
    "Foyer",
    "Plinth",
  ],
  models: ["", "1", "2", "3", "Plus", "Executive"],
  finishes: ["charcoal", "crème", "teal", "cognac", "pebble", "bottle green", "black"],
  vocabulary: {
    seat: ["wool felt", "recycled mesh", "full-grain leather", "bouclé", "3D-knit polyester", "hemp and wool"],
    base: ["polished aluminium", "walnut veneer and steel", "glass-fibre nylon", "powder-coated steel", "solid oak"],
    kilos: ["110", "120", "136", "150"],
    hours: ["eight", "nine", "ten"],
    person: [
      "people between 155 and 195 cm",
      "tall people with long thighs",
      "small people whose feet never reached the floor",
      "a shared desk with three shifts",
    ],
    castors: ["soft castors for parquet", "hard castors for carpet", "braked castors"],
  },
  kinds: [
    {
      noun: "Ergonomic Office Chair",
      weight: 5,
      price: [189, 1290],
      features: [
        "Synchronous tilt opens the hip as you lean back, and five settings lock it.",
        "The lumbar support moves in height and depth without getting up.",
        "Armrests adjust in four directions and stay where they are put.",
        "The gas spring moves without noise or bounce between 41 and 53 cm.",
      ],
    },
    {
      noun: "Conference Chair",
      weight: 2,
      price: [149, 890],
      features: [
        "It returns to the table by itself when the meeting ends.",
        "A low back keeps the line of sight across the room.",
        "Quiet glides make no noise on stone.",
      ],
    },
    {
      noun: "Kneeling Chair",
      weight: 1,
      price: [119, 449],
      vocabulary: { base: ["bent birch", "walnut", "solid oak"] },
      features: [
        "The open angle tips the pelvis forward; the back follows.",
        "Use it for an hour at a time and change with another chair.",
      ],
    },
    {
      noun: "Sit-Stand Stool",
      weight: 2,
      price: [79, 399],
      vocabulary: { base: ["a weighted cork foot", "walnut", "recycled rubber and steel"] },
      features: [
        "It leans with you through fifteen degrees and wakes the muscles of the back.",
        "Height runs from 55 to 82 cm by a lever that the foot can reach.",
      ],
    },
    {
      noun: "Drafting Chair",
      weight: 1,
      price: [159, 590],
      features: [
        "A foot ring of {base} carries your weight at counter height.",
        "The seat rises to 78 cm for workshops and laboratories.",
      ],
    },
  ],
  openings: [
    "Tested for {hours} hours a day by {person}.",
    "A chair for {person}.",
    "Looks like furniture and sits like equipment.",
    "Carries up to {kilos} kg and asks for little room.",
    "The {finish} version of a chair that we have repaired, not replaced, for years.",
  ],
  materials: [
    "Covered in {seat} on {base}.",
    "The seat is {seat}, the underframe {base}; everything is screwed, nothing is glued.",
    "{seat} breathes in summer and wears well in winter.",
    "Ninety-four percent by weight can be recycled, from {base} to {seat}.",
  ],
  features: [
    "Supplied with {castors}.",
    "All wear parts can be ordered for fifteen years.",
    "Rated for {kilos} kg and for use around the clock.",
  ],
  care: [
    "Vacuum the fabric monthly and treat stains with lukewarm water.",
    "Tighten the four screws under the seat once a year.",
    "Keep it out of direct sun: {seat} fades before it wears.",
  ],
  box: [
    "Arrives in one box; assembly takes twelve minutes with the tool provided.",
    "Arrives fully assembled and is carried to the room of your choice.",
    "In the box: chair, {castors} and a guide to sitting badly less often.",
  ],
};
