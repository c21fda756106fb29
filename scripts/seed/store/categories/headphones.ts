// The vocabulary and products of the category of headphones.

import type { Category } from "../wording.ts";

/** Headphones for the train, the studio and the run. */
export const headphones: Category = {
  slug: "headphones",
  size: 124,
  brands: ["halvorsund", "auvelin", "tondrel", "typhane"],
  series: [
    "Aria",
    "Cadence",
    "Largo",
    "Solace",
    "Vento",
    "Pico",
    "Brio",
    "Murmur",
    "Tessitura",
    "Overtone",
    "Hush",
    "Legato",
    "Corvus",
    "Nimbus",
    "Ostinato",
  ],
  models: ["100", "200", "300", "300 Pro", "500", "700 Reference"],
  finishes: ["graphite", "crème", "midnight blue", "sage", "sandstone", "rosé", "anthracite", "chalk"],
  vocabulary: {
    cushion: ["memory foam", "velour", "vegan leather", "lambskin", "cooling gel"],
    frame: [
      "anodised aluminium",
      "glass-fibre nylon",
      "brushed stainless steel",
      "magnesium alloy",
      "walnut and steel",
      "titanium",
    ],
    hours: ["24", "30", "38", "45", "60"],
    quick: ["two", "three", "five"],
    mics: ["four", "six", "eight"],
    weight: ["212", "238", "254", "271", "296"],
    place: ["a full train", "an open-plan office", "a long flight", "a small flat with thin walls", "the walk to work"],
    character: ["warm and unhurried", "neutral", "lively", "detailed without being sharp", "full, with a firm bass"],
  },
  kinds: [
    {
      noun: "Wireless Over-Ear Headphones",
      weight: 4,
      price: [59, 449],
      features: [
        "Adaptive noise cancelling listens through {mics} microphones and can be turned down to a transparency mode.",
        "The battery lasts {hours} hours, and ten minutes at the charger add {quick} more.",
        "Two devices stay connected at once, so that a call on the phone pauses the film on the laptop.",
        "Noise cancelling adapts to glasses and long hair within a second of putting them on.",
      ],
    },
    {
      noun: "Wireless In-Ear Headphones",
      weight: 4,
      price: [29, 279],
      vocabulary: { weight: ["4.6", "5.1", "5.8"], hours: ["6", "7", "8", "9"] },
      features: [
        "Each bud is waterproof to IPX7 and plays for {hours} hours; the case holds three more charges.",
        "Noise cancelling is on by default and lets voices through when you begin to speak.",
        "Five sizes of silicone tips and two of foam make a seal that survives a run.",
        "Either bud works alone, which is what most people want for calls.",
      ],
    },
    {
      noun: "Wired Studio Headphones",
      weight: 3,
      price: [69, 899],
      features: [
        "Closed cups keep the click track out of the microphone, with low leakage and no active noise circuit to colour the sound.",
        "The coiled cable is detachable and can be plugged in on either side.",
        "Impedance is low enough for a laptop, though a good amplifier is rewarded.",
        "The stage is wide enough for mixing, and the measured response is printed for each pair.",
      ],
    },
    {
      noun: "Wired In-Ear Monitors",
      weight: 2,
      price: [19, 690],
      vocabulary: {
        weight: ["9", "11", "14"],
        frame: ["titanium", "clear resin", "anodised aluminium", "stainless steel"],
      },
      features: [
        "The silver-plated cable unplugs from both shells and can be replaced.",
        "A passive seal takes 26 dB off the noise of the stage.",
        "A hybrid of one dynamic and two balanced-armature drivers covers the whole range.",
      ],
    },
    {
      noun: "Bone-Conduction Sports Headphones",
      weight: 1,
      price: [59, 179],
      vocabulary: {
        hours: ["8", "10", "12"],
        weight: ["26", "29", "31"],
        frame: ["titanium", "spring steel"],
        cushion: ["soft silicone"],
      },
      features: [
        "Ears stay open to traffic while the transducers rest on the cheekbones.",
        "Waterproof to IP68 with built-in storage, so that they also work in the pool.",
        "A charge lasts {hours} hours, longer than most marathons.",
      ],
    },
  ],
  openings: [
    "Made for {place}, with a sound that is {character}.",
    "The tuning is {character}, and it stays so at low volume.",
    "At {weight} g they are easy to forget while wearing them.",
    "A second generation of our best-selling pair, now {character} and easier to repair.",
    "Everyday listening in {finish}: {character}, comfortable, and built to be taken apart.",
  ],
  materials: [
    "The parts that bend are {frame}, the parts that touch you {cushion}.",
    "The contact surfaces are {cushion}, replaceable without tools.",
    "Built around {frame}, which has held up through 20,000 bends on our test bench.",
    "No part is glued: {frame}, {cushion} and six screws.",
  ],
  features: [
    "Spare parts are sold for at least seven years.",
    "A mono adapter is sent free of charge to those who hear better on one side.",
    "Every screw and pad is listed with its part number in the manual.",
  ],
  care: [
    "Wipe the cushions with a damp cloth and let them dry away from the heater.",
    "Keep them in the case when it rains hard; the finish does not mind, the microphones do.",
    "Clean the mesh with a dry brush once a month.",
  ],
  box: [
    "In the box: headphones, hard case, cable and a printed quick guide.",
    "Comes with a wool-felt pouch, a short cable and a long one.",
    "The box holds a travel case, an airline adapter and a spare set of pads or tips.",
  ],
};
