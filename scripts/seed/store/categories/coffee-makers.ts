// The vocabulary and products of the category of coffee makers.

import type { Category } from "../wording.ts";

/** Machines and pots for coffee. */
export const coffeeMakers: Category = {
  slug: "coffee-makers",
  size: 90,
  brands: ["brewmorrow", "tazzavel", "kettlewick", "marmitelle"],
  series: [
    "Alba",
    "Mattino",
    "Ristra",
    "Bloom",
    "Slowpour",
    "Corso",
    "Bramble",
    "Doppio",
    "Fjord",
    "Piazza",
    "Ritual",
    "Percola",
    "Dawn",
    "Terrazza",
    "Kopje",
    "Cinder",
  ],
  models: ["", "One", "Two", "Plus", "Pro", "Barista"],
  finishes: ["crème", "stainless", "matt black", "copper", "pistachio", "oxblood", "white", "slate blue"],
  vocabulary: {
    capacity: ["0.6 L", "0.75 L", "1 L", "1.25 L", "1.8 L"],
    cups: ["two", "four", "six", "eight", "ten"],
    body: [
      "brushed stainless steel",
      "cast aluminium",
      "borosilicate glass",
      "enamelled steel",
      "BPA-free plastic and steel",
    ],
    handle: ["walnut", "olive wood", "cork", "heat-proof nylon", "ash"],
    drink: ["a slow Sunday filter", "café au lait", "cold brew", "coffee for the whole floor", "the first cup"],
    minutes: ["three", "four", "five", "six"],
  },
  kinds: [
    {
      noun: "Drip Coffee Maker",
      weight: 3,
      price: [29, 299],
      features: [
        "The shower head wets all of the grounds and waits half a minute for the bloom.",
        "Water meets the coffee at 92 to 96 °C from the first drop to the last.",
        "A thermal jug keeps {capacity} hot for two hours without a hot plate.",
        "A timer has the pot ready before you are, and half an hour later it switches itself off.",
        "The tank lifts out with one hand and goes under any tap.",
      ],
    },
    {
      noun: "Espresso Machine",
      weight: 3,
      price: [149, 1899],
      vocabulary: { drink: ["a proper espresso", "a flat white", "crème brûlée lattes"], capacity: ["40 ml", "60 ml"] },
      features: [
        "Supplied with a tamper, two baskets and a milk jug.",
        "Nine bar at the puck, a 58 mm portafilter and a steam wand that turns in every direction.",
        "It is warm in three minutes, and the pump makes less noise than the grinder beside it.",
        "Pre-infusion can be set in steps, and the pressure gauge shows the truth.",
        "Makes a dense crème-coloured foam from oat milk as well as from cow's.",
      ],
    },
    {
      noun: "French Press",
      weight: 2,
      price: [19, 99],
      vocabulary: {
        capacity: ["0.35 L", "0.6 L", "1 L"],
        body: ["borosilicate glass", "double-walled stainless steel", "glazed stoneware"],
      },
      features: [
        "A double filter of fine steel keeps the silt in the pot.",
        "Steep for {minutes} minutes, press gently, pour at once.",
      ],
    },
    {
      noun: "Pour-Over Set",
      weight: 2,
      price: [24, 149],
      vocabulary: {
        capacity: ["0.3 L", "0.5 L", "0.8 L"],
        body: ["borosilicate glass", "glazed porcelain", "titanium", "copper"],
      },
      features: [
        "Spiral ribs lift the paper off the wall, so that the water drains evenly.",
        "The cone takes standard filters, paper or cloth.",
        "The cone is {body} and adds no taste of its own.",
      ],
    },
    {
      noun: "Moka Pot",
      weight: 2,
      price: [17, 89],
      vocabulary: { capacity: ["90 ml", "150 ml", "300 ml"], body: ["cast aluminium", "stainless steel"] },
      features: [
        "Fill to the valve, heat slowly, and take it off when it begins to hiss.",
        "The flat base works on induction, gas and the camping stove.",
      ],
    },
  ],
  openings: [
    "For {cups} cups and for people who know what they want: {drink}.",
    "Makes {drink} without a manual.",
    "{a:finish} classic for kitchens with little room.",
    "Brews {capacity} in about {minutes} minutes.",
    "Our answer to the question of who gets up first.",
  ],
  materials: [
    "The body is {body} and the handle {handle}.",
    "{body} where it gets hot, {handle} where you hold it.",
    "Made of {body}; seals and screws are standard sizes and easy to replace.",
  ],
  features: [
    "Spare seals, jugs and lids are sold singly.",
    "It fits under a low wall cupboard.",
    "The lid closes with a click and stays on while pouring.",
  ],
  care: [
    "Descale it with citric acid every two months, oftener where the water is hard.",
    "Jug, lid and filter are dishwasher safe; the wooden parts are not.",
    "Rinse with hot water only, since soap leaves a film that the next cup will taste of.",
  ],
  box: [
    "In the box: the maker, a measuring spoon and a brewing card.",
    "Comes with a spare gasket and a cleaning brush.",
    "The carton is moulded pulp and doubles as a planter for herbs.",
  ],
};
