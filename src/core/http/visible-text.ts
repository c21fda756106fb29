/**
 * Checks text that people read, such as a name on a consent page. In text without a fault, the reader sees every
 * character, in the stored order. Rejects control and format characters, direction overrides, private-use characters,
 * noncharacters, and combining marks without a base. Pure.
 */

/** `line`: one line without surrounding spaces. `paragraphs`: may be empty, and may contain tabs and line feeds. */
export type TextForm = "line" | "paragraphs";

/** Blank glyphs that Unicode does not classify as white space, such as U+2800, the empty Braille cell. */
const BLANK_GLYPHS = "\\u2800\\u{1D159}\\u{13441}\\u{13442}\\u{16FE4}";
const BLANK = `[\\s${BLANK_GLYPHS}]`;

const SURROUNDED = new RegExp(`^${BLANK}|${BLANK}$`, "u");
const VISIBLE = new RegExp(`[[\\p{L}\\p{N}\\p{P}\\p{S}]--[${BLANK_GLYPHS}]]`, "v");

/** Scripts whose letters change shape next to a joiner (Unicode Standard sections 9, 12, 13, 16, 17 and 19). */
const SCRIPTS =
  "Arab Syrc Mand Nkoo Adlm Rohg Mong Phag Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Tibt Mymr Khmr Bali Java";
const OF_SCRIPTS = SCRIPTS.replaceAll(/(\w+) ?/g, "\\p{sc=$1}");
const LETTER = `[[${OF_SCRIPTS}\\u0640]&&\\p{L}]`;
/** Arabic vowel signs are also used in Syriac, so they belong to no single script. */
const LETTER_OR_MARK = `[[${OF_SCRIPTS}\\u0640\\u064B-\\u0655\\u0670]&&[\\p{L}\\p{M}]]`;
/** Viramas suppress a vowel. A joiner after a virama has a visible effect, even at the end of a word. */
const VIRAMA =
  "[\\u094D\\u09CD\\u0A4D\\u0ACD\\u0B4D\\u0BCD\\u0C4D\\u0CCD\\u0D3B\\u0D3C\\u0D4D\\u0DCA\\u1039\\u103A\\u17D2\\u1B44\\uA9C0]";
const PICTOGRAPH = "\\p{Extended_Pictographic}";

/**
 * Places where an invisible character has a visible effect that a script or an emoji needs. Elsewhere an invisible
 * character only makes texts differ that look the same.
 */
const EFFECTIVE = new RegExp(
  [
    // ZERO WIDTH NON-JOINER between letters, or after a virama
    `(?<=${LETTER_OR_MARK})\\u200C(?=${LETTER})|(?<=${VIRAMA})\\u200C`,
    // ZERO WIDTH JOINER after a letter, or inside an emoji
    `(?<=${LETTER_OR_MARK})\\u200D`,
    `(?<=${PICTOGRAPH}\\uFE0F?|${PICTOGRAPH}\\p{Emoji_Modifier})\\u200D(?=${PICTOGRAPH})`,
    // variation selectors: of emoji and keycaps, of mathematical signs and some scripts, of ideographs, of Mongolian
    `(?<=${PICTOGRAPH})[\\uFE0E\\uFE0F]|(?<=[0-9#*])\\uFE0F(?=\\u20E3)`,
    "(?<=[\\p{Sm}\\p{scx=Hani}\\p{scx=Mymr}\\p{scx=Phag}\\p{scx=Mani}])[\\uFE00-\\uFE0D]",
    "(?<=\\p{Ideographic})[\\u{E0100}-\\u{E01EF}]",
    "(?<=\\p{scx=Mong})[\\u180B-\\u180F]",
    // flags of regions, such as Scotland
    "(?<=\\u{1F3F4})[\\u{E0030}-\\u{E0039}\\u{E0061}-\\u{E007A}]{3,6}\\u{E007F}",
  ].join("|"),
  "gv",
);

/** Format characters with a visible glyph, such as ARABIC NUMBER SIGN. */
const VISIBLE_FORMAT = "\\u0600-\\u0605\\u06DD\\u070F\\u0890\\u0891\\u08E2\\u{110BD}\\u{110CD}";

/** Characters that no text may contain. Unassigned code points are allowed: future scripts may use them. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;
const CONTROL_IN_PARAGRAPHS = /[[\p{Cc}\p{Zl}\p{Zp}]--[\t\n]]/v;
const INVISIBLE = new RegExp(`[[\\p{Cf}\\p{Default_Ignorable_Code_Point}\\uFFFC]--[${VISIBLE_FORMAT}]]`, "v");
const WITHOUT_MEANING = /[\p{Cs}\p{Co}\p{Noncharacter_Code_Point}]/u;

/**
 * A mark after a space has no base. No language stacks more than eight marks; longer stacks cover neighbouring lines.
 */
const LONE_MARKS = new RegExp(`(?:^|${BLANK})\\p{M}|\\p{M}{9}`, "u");

/** The fault of the text as a predicate, such as "must be one line". Undefined if there is none. */
export function visibleTextFault(text: string, form: TextForm): string | undefined {
  if (form === "line" && CONTROL.test(text)) return "must be one line of text without control characters";
  if (CONTROL_IN_PARAGRAPHS.test(text)) return "must not have control characters except tabs and line feeds";
  if (form === "line" && SURROUNDED.test(text)) return "must not start or end with a space";
  if (WITHOUT_MEANING.test(text)) return "must not have private-use characters, noncharacters or lone surrogates";
  if (INVISIBLE.test(text.replace(EFFECTIVE, ""))) {
    return "must not have invisible characters or characters that change the direction of the text";
  }
  if (LONE_MARKS.test(text)) return "must have a base character before each combining mark";
  if ((text !== "" || form === "line") && !VISIBLE.test(text)) return "must have at least one visible character";
  return undefined;
}
