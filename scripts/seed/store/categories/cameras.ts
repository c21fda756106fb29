// The vocabulary and products of the category of cameras.

import type { Category } from "../wording.ts";

/** Cameras for travel, work and the woods. */
export const cameras: Category = {
  slug: "cameras",
  size: 84,
  brands: ["ostravane", "fjallglim", "pellucine"],
  series: [
    "Meridiem",
    "Silver",
    "Obscura",
    "Parallax",
    "Vista",
    "Plein-Air",
    "Noctis",
    "Reportage",
    "Tern",
    "Kestrel",
    "Daguerre",
    "Solstice",
    "Iris",
    "Umbra",
  ],
  models: ["10", "20", "30", "30 II", "50", "50R", "90"],
  finishes: ["black", "silver", "olive", "black and tan", "graphite", "titanium grey"],
  vocabulary: {
    sensor: ["one-inch", "APS-C", "full-frame", "four-thirds"],
    megapixels: ["16", "20", "24", "26", "33", "45"],
    body: ["magnesium alloy", "aluminium", "titanium", "fibre-reinforced polycarbonate"],
    grip: ["textured rubber", "vegetable-tanned leather", "cork", "recycled rubber"],
    shots: ["310", "380", "420", "560", "710"],
    subject: ["street photography", "travel", "portraits", "landscapes", "family albums", "birds at the feeder"],
  },
  kinds: [
    {
      noun: "Mirrorless Camera",
      weight: 4,
      price: [549, 3299],
      features: [
        "The {sensor} sensor resolves {megapixels} megapixels and is stabilised in five axes.",
        "Autofocus recognises eyes, animals and bicycles, and says in the finder which one it has chosen.",
        "High sensitivity stays usable: noise is fine-grained and free of colour blotches to ISO 12,800.",
        "Two card slots write the same picture twice, or raw to one and JPEG to the other.",
      ],
    },
    {
      noun: "Compact Camera",
      weight: 3,
      price: [199, 1299],
      features: [
        "A fixed 28 mm lens opens to f/2 and hides behind its own cover.",
        "{megapixels} megapixels that start in under a second and fit the pocket of a shirt.",
        "Dials for aperture, time and exposure compensation mean that the menu can stay closed.",
        "In-camera noise reduction can be switched off entirely, which we recommend.",
      ],
    },
    {
      noun: "Waterproof Action Camera",
      weight: 3,
      price: [149, 549],
      vocabulary: {
        sensor: ["one-inch", "half-inch"],
        megapixels: ["12", "16", "20"],
        grip: ["textured rubber"],
        subject: ["surfing", "mountain biking", "kayaking", "family holidays"],
      },
      features: [
        "Waterproof to 15 m without a housing and shockproof from two metres.",
        "The horizon stays level even when you do not.",
        "Video runs at 120 frames a second with wind-noise reduction from three microphones.",
      ],
    },
    {
      noun: "Instant Camera",
      weight: 2,
      price: [69, 249],
      vocabulary: {
        body: ["recycled polycarbonate", "ABS with a leatherette wrap"],
        subject: ["parties", "family albums", "scrapbooks"],
      },
      features: [
        "Prints appear in ninety seconds and last for decades in an album.",
        "A small mirror by the lens is all the technology a self-portrait needs.",
        "Double exposure and a bulb mode are one switch away.",
      ],
    },
    {
      noun: "Trail Camera",
      weight: 1,
      price: [79, 329],
      vocabulary: {
        body: ["fibre-reinforced polycarbonate"],
        grip: ["a webbing strap"],
        subject: ["badgers and deer", "hedgehogs", "birds at the feeder"],
      },
      features: [
        "The infrared flash is invisible to animals, and the housing is waterproof through a winter outdoors.",
        "Eight cells last a whole season at twenty pictures a day.",
        "It wakes in 0.2 seconds, quick enough for a fox.",
      ],
    },
  ],
  openings: [
    "A camera for {subject}, small enough to be there when it happens.",
    "Made for {subject} and for people who like dials.",
    "{a:body} body, finished in {finish}, with everything you need for {subject}.",
    "Our most honest camera: a good lens, a bright finder and no modes that nobody uses.",
    "Designed with photographers whose work is {subject}.",
  ],
  materials: [
    "The body is {body}, sealed against dust and drizzle; the grip is {grip}.",
    "{body} keeps it light, and {grip} keeps it in the hand.",
    "Under {grip} there is a frame of {body} that can be serviced.",
  ],
  features: [
    "The battery is good for {shots} pictures and charges over USB-C.",
    "Pictures move to the phone in the background, without an account.",
    "The tripod thread is steel and sits in the optical axis.",
  ],
  care: [
    "Rinse salt water off with fresh water and let the camera dry with its doors shut.",
    "Clean the front element with a blower first and a cloth second.",
    "Store it with silica gel when it is not used for months.",
  ],
  box: [
    "In the box: camera, battery, wrist strap and body cap.",
    "Comes with a woven neck strap, a charger and a lens cloth.",
    "The box holds the camera, one battery, a short cable and a guide on recycled paper.",
  ],
};
