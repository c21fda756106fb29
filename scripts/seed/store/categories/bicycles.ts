// The vocabulary and products of the category of bicycles.

import type { Category } from "../wording.ts";

/** Bicycles for everyday transport. */
export const bicycles: Category = {
  slug: "bicycles",
  size: 76,
  brands: ["veloskarn", "cyclombre", "pedalune", "soltanger"],
  series: [
    "Randonnée",
    "Courant",
    "Canal",
    "Peloton Bleu",
    "Gravelle",
    "Messenger",
    "Avenue",
    "Pavé",
    "Domestique",
    "Harbour",
    "Tailwind",
    "Bidon",
    "Vallée",
    "Tramontane",
  ],
  models: ["1", "2", "3", "4", "5", "SL"],
  finishes: [
    "moss, 52 cm",
    "moss, 56 cm",
    "midnight, 54 cm",
    "midnight, 58 cm",
    "crème, 50 cm",
    "crème, 54 cm",
    "raw, 56 cm",
    "burgundy, 52 cm",
  ],
  vocabulary: {
    frame: ["chromoly steel", "hydroformed aluminium", "titanium", "carbon", "recycled aluminium"],
    gears: ["1 × 11", "2 × 10", "an eight-speed hub", "a five-speed hub", "1 × 12", "a belt drive and a hub gear"],
    brakes: ["hydraulic disc brakes", "mechanical disc brakes", "dual-pivot rim brakes"],
    tyre: ["28", "32", "38", "45"],
    kilos: ["7.9", "9.4", "10.8", "12.6", "14.2"],
    way: [
      "cobbles and tram lines",
      "gravel and bad asphalt",
      "the daily ten kilometres",
      "long days out",
      "errands and the school run",
    ],
  },
  kinds: [
    {
      noun: "Touring Bicycle",
      weight: 3,
      price: [899, 3899],
      features: [
        "Eyelets for three racks and three bottles, and a wheelbase that likes to be loaded.",
        "Gearing is {gears}, low enough for passes with a tent on the back.",
        "Spare spokes are clipped to the chainstay.",
      ],
    },
    {
      noun: "City Bicycle",
      weight: 4,
      price: [349, 1690],
      vocabulary: {
        frame: ["chromoly steel", "hydroformed aluminium", "recycled aluminium"],
        gears: ["an eight-speed hub", "a five-speed hub", "a belt drive and a hub gear"],
        kilos: ["12.6", "14.2", "15.8"],
      },
      features: [
        "Mudguards, rack, stand and hub-dynamo lights are part of the bicycle, not extras.",
        "With {gears} there is nothing to oil and no noise but the tyres.",
        "A ring lock and a mount for a chain make stealing it a chore.",
      ],
    },
    {
      noun: "Gravel Bicycle",
      weight: 3,
      price: [990, 5490],
      features: [
        "Clearance for tyres up to 50 mm, delivered with {tyre} mm.",
        "Flared handlebars and {brakes} inspire confidence downhill.",
        "Cables run inside the frame and can still be changed at home.",
      ],
    },
    {
      noun: "Electric City Bicycle",
      weight: 2,
      price: [1490, 4990],
      vocabulary: {
        kilos: ["17.9", "19.4", "22"],
        gears: ["a five-speed hub", "a belt drive and a hub gear"],
        frame: ["hydroformed aluminium", "recycled aluminium", "chromoly steel"],
      },
      features: [
        "The motor helps up to 25 km/h and hums so quietly that the noise of the wind covers it.",
        "A 460 Wh battery lasts 70 to 110 km and comes out for charging.",
        "The display is a row of lights; the rest is riding.",
      ],
    },
    {
      noun: "Kids' Bicycle",
      weight: 1,
      price: [169, 549],
      vocabulary: {
        kilos: ["6.2", "7.1", "8.3"],
        way: ["the way to school and back", "the park and the pump track", "first rides beside the big ones"],
        gears: ["one gear", "a two-speed automatic hub"],
        frame: ["hydroformed aluminium", "recycled aluminium"],
      },
      finishes: ["moss, 16-inch", "sky, 16-inch", "sky, 20-inch", "crème, 20-inch", "red, 24-inch"],
      features: [
        "Short cranks and narrow handlebars are sized for children, not scaled from adults.",
        "Brake levers can be pulled by small hands.",
      ],
    },
  ],
  openings: [
    "A bicycle for {way}.",
    "{frame}, {gears}, {kilos} kg: all you need for {way}.",
    "Comfortable on {way} and quick when it has to be.",
    "Drawn for {way}, brazed or welded with care, painted by hand.",
    "Rides on {tyre} mm tyres, and so forgives {way}.",
  ],
  materials: [
    "The frame is {frame}, guaranteed for life; the bike weighs {kilos} kg.",
    "{frame} takes the sting out of the road, and {brakes} the fright out of the descent.",
    "Saddle and grips are leather or cork; the frame is {frame}.",
  ],
  features: [
    "Stops with {brakes} in any weather.",
    "All bearings are standard sizes that any workshop has.",
    "Threads for mudguards and racks are where they should be.",
  ],
  care: [
    "Clean and oil the chain every 200 km, or after every wet ride.",
    "Check tyre pressure weekly and the brake pads monthly.",
    "Bring it in after the first 300 km; the service is free.",
  ],
  box: [
    "Delivered 95 percent assembled; turn the bars, fit the pedals, ride.",
    "Comes with pedals, a bell, a tool roll and touch-up paint.",
    "Includes front and rear lights and a waterproof cover for the saddle.",
  ],
};
