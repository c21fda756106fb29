/** The names of a module, all derived from its plural in kebab-case: `gift-cards`. Pure. */

export interface Names {
  /** `gift-cards`: the folder, the path and the module. */
  readonly name: string;
  /** `gift_cards`: the table, and the collection on the wire. */
  readonly table: string;
  /** `giftCards` and `giftCard`. */
  readonly plural: string;
  readonly singular: string;
  /** `GiftCard` */
  readonly Singular: string;
  /** `gift_card`: the prefix of ids. */
  readonly prefix: string;
  /** In sentences: `gift cards`, `Gift cards`, `gift card`, `a gift card`. */
  readonly many: string;
  readonly Many: string;
  readonly one: string;
  readonly aOne: string;
}

/** Lower-case words joined by hyphens. Two letters at least, at most 40 characters. */
export function isKebabCase(text: string): boolean {
  return /^[a-z]{2,}(-[a-z]+)*$/.test(text) && text.length <= 40;
}

/** The singular of an English plural; undefined if the word has none of the regular endings. */
export function singularOf(plural: string): string | undefined {
  const endings: readonly [RegExp, string][] = [
    [/ies$/, "y"],
    [/(ss|sh|ch|x|zz)es$/, "$1"],
    [/([^s])s$/, "$1"],
  ];
  const [ending, stem] = endings.find(([pattern]) => pattern.test(plural)) ?? [];
  return ending === undefined || stem === undefined ? undefined : plural.replace(ending, stem);
}

export function namesOf(plural: string, singular: string): Names {
  const one = singular.replaceAll("-", " ");
  const many = plural.replaceAll("-", " ");
  return {
    name: plural,
    table: plural.replaceAll("-", "_"),
    plural: camelCase(plural),
    singular: camelCase(singular),
    Singular: capitalized(camelCase(singular)),
    prefix: singular.replaceAll("-", "_"),
    many,
    Many: capitalized(many),
    one,
    aOne: `${/^[aeio]/.test(one) ? "an" : "a"} ${one}`,
  };
}

/** `gift-card` and `gift_card` are `giftCard`. */
export function camelCase(text: string): string {
  return text.replace(/[-_]([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
