// The brands of the catalogue. All names are invented; any match with a real brand is a coincidence.

/** A brand: its slug, its name on products, and its price level (0 budget to 1 luxury). */
export interface Brand {
  readonly slug: string;
  readonly name: string;
  readonly level: number;
}

/** The 44 brands of the local store. */
export const BRANDS: readonly Brand[] = [
  { slug: "halvorsund", name: "Halvorsund", level: 0.75 },
  { slug: "auvelin", name: "Auvelin", level: 0.55 },
  { slug: "tondrel", name: "Tondrel", level: 0.25 },
  { slug: "klackwerth", name: "Klackwerth", level: 0.6 },
  { slug: "typhane", name: "Typhane", level: 0.3 },
  { slug: "ostravane", name: "Ostravane", level: 0.8 },
  { slug: "fjallglim", name: "Fjällglim", level: 0.5 },
  { slug: "pellucine", name: "Pellucine", level: 0.35 },
  { slug: "lumbrasse", name: "Lumbrasse", level: 0.7 },
  { slug: "vesperholt", name: "Vesperholt", level: 0.45 },
  { slug: "brewmorrow", name: "Brewmorrow", level: 0.5 },
  { slug: "tazzavel", name: "Tazzavel", level: 0.8 },
  { slug: "kettlewick", name: "Kettlewick", level: 0.2 },
  { slug: "rucksholm", name: "Rucksholm", level: 0.55 },
  { slug: "tarnskaw", name: "Tarnskaw", level: 0.7 },
  { slug: "wanderquill", name: "Wanderquill", level: 0.4 },
  { slug: "stridevarn", name: "Stridevarn", level: 0.65 },
  { slug: "fleetmoor", name: "Fleetmoor", level: 0.35 },
  { slug: "pacelune", name: "Pacelune", level: 0.5 },
  { slug: "skarnhytte", name: "Skarnhytte", level: 0.85 },
  { slug: "moorhollin", name: "Moorhollin", level: 0.3 },
  { slug: "gruvholm", name: "Gruvholm", level: 0.6 },
  { slug: "ironmarrow", name: "Ironmarrow", level: 0.45 },
  { slug: "marmitelle", name: "Marmitelle", level: 0.8 },
  { slug: "sedelmoor", name: "Sedelmoor", level: 0.7 },
  { slug: "lombarth", name: "Lombarth", level: 0.5 },
  { slug: "ergovane", name: "Ergovane", level: 0.4 },
  { slug: "veloskarn", name: "Veloskarn", level: 0.75 },
  { slug: "cyclombre", name: "Cyclombre", level: 0.55 },
  { slug: "pedalune", name: "Pedalune", level: 0.3 },
  { slug: "dicehollow", name: "Dicehollow", level: 0.45 },
  { slug: "oakengambit", name: "Oakengambit", level: 0.75 },
  { slug: "pawnwick", name: "Pawnwick", level: 0.3 },
  { slug: "fernhallow", name: "Fernhallow", level: 0.5 },
  { slug: "chlorabelle", name: "Chlorabelle", level: 0.7 },
  { slug: "mossanders", name: "Mossanders", level: 0.3 },
  { slug: "papyrelle", name: "Papyrelle", level: 0.75 },
  { slug: "inkmarsh", name: "Inkmarsh", level: 0.5 },
  { slug: "foliomere", name: "Foliomere", level: 0.3 },
  { slug: "quarrenby", name: "Quarrenby", level: 0.35 },
  { slug: "nordkettil", name: "Nordkettil", level: 0.5 },
  { slug: "ravelmere", name: "Ravelmere", level: 0.6 },
  { slug: "soltanger", name: "Soltanger", level: 0.45 },
  { slug: "birchlantern", name: "Birchlantern", level: 0.4 },
];
