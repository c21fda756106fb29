// The vocabulary and products of the category of notebooks.

import type { Category } from "../wording.ts";

/** Paper for writing and drawing. */
export const notebooks: Category = {
  slug: "notebooks",
  size: 70,
  brands: ["papyrelle", "inkmarsh", "foliomere", "wanderquill"],
  series: [
    "Marginalia",
    "Daybook",
    "Commonplace",
    "Vellum",
    "Fieldnote Hill",
    "Logbook",
    "Almanac",
    "Carnet",
    "Ledger",
    "Palimpsest",
    "Errata",
    "Sketch & Co",
    "Octavo",
    "Colophon",
  ],
  models: ["A6", "B6", "A5", "B5", "A4"],
  finishes: ["crème", "ink blue", "oxblood", "forest", "kraft", "ochre", "black", "rosé"],
  vocabulary: {
    cover: ["book linen", "vegetable-tanned leather", "cork", "recycled card", "washable paper", "buckram"],
    gsm: ["80", "90", "100", "120", "160"],
    pages: ["96", "128", "160", "192", "240"],
    ruling: ["dotted", "lined", "squared", "plain"],
    paper: ["crème-coloured cotton paper", "smooth ivory paper", "recycled paper", "toothy natural paper"],
    use: [
      "meeting notes",
      "lists, drafts and letters never sent",
      "morning pages",
      "field notes",
      "recipes",
      "a travel diary",
    ],
  },
  kinds: [
    {
      noun: "{ruling} Hardcover Notebook",
      weight: 4,
      price: [9, 39],
      features: [
        "Thread-sewn, it lies flat on every one of its {pages} pages.",
        "Fountain-pen ink neither feathers nor bleeds through at {gsm} g.",
        "Pages are numbered and the first three are an index.",
      ],
    },
    {
      noun: "{ruling} Softcover Notebook",
      weight: 3,
      price: [5, 24],
      features: [
        "Bends with the back pocket and keeps its corners, which are rounded.",
        "The last sixteen sheets are perforated.",
      ],
    },
    {
      noun: "Sketchbook",
      weight: 2,
      price: [11, 59],
      vocabulary: {
        ruling: ["plain"],
        gsm: ["160", "200", "300"],
        pages: ["64", "80", "96"],
        use: ["ink and pencil", "watercolour on the move", "studies and second thoughts"],
      },
      features: [
        "The paper of {gsm} g takes a wash without cockling.",
        "A folder inside the cover keeps loose leaves.",
      ],
    },
    {
      noun: "Waterproof Field Notebook",
      weight: 1,
      price: [8, 29],
      vocabulary: {
        paper: ["stone paper", "resin-coated paper"],
        use: ["surveys in the rain", "field notes", "dive logs"],
      },
      features: [
        "The waterproof pages take pencil in a downpour and can be wiped.",
        "A spiral of stainless steel does not catch on the pocket.",
      ],
    },
    {
      noun: "Undated Planner",
      weight: 2,
      price: [15, 49],
      vocabulary: {
        ruling: ["squared"],
        use: ["weeks that never begin on a Monday", "projects", "a year of small plans"],
      },
      features: ["Start in any week; fifty-three spreads follow.", "Each month ends with a page for what went well."],
    },
  ],
  openings: [
    "{pages} {ruling} pages for {use}.",
    "A notebook for {use}, bound in {cover}.",
    "Small enough to be carried, good enough to be kept.",
    "In {finish}, for {use}.",
    "Bound by hand in a workshop of eleven people, for {use}.",
  ],
  materials: [
    "{paper}, {gsm} g, bound in {cover}.",
    "The cover is {cover}, which grows better with handling; the paper is {paper}.",
    "{cover} outside, {pages} pages of {paper} inside.",
  ],
  features: [
    "Two ribbons, one elastic and a loop for a pencil.",
    "The endpapers are marbled and no two are alike.",
    "Paper and board come from forests that are replanted.",
  ],
  care: ["Keep it from the radiator; good glue dislikes heat.", "Cork and linen can be wiped with a damp cloth."],
  box: [
    "Comes with a sheet of labels and a blotter.",
    "Sold singly, wrapped in paper.",
    "A card with the maker's name lies between the pages.",
  ],
};
