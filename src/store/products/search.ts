/** Turns a search text into an FTS5 expression. No character of the text acts as FTS5 syntax. */

/** FTS5 reads its expression as a C string, so a NUL would end it in the middle of a quoted word. */
const BETWEEN_WORDS = /[\s\p{Cc}]+/u;
const IN_A_WORD = /[\p{L}\p{N}]/u;

/**
 * A plural formed with an s. Excludes words such as "glass", "focus" and "tennis", and singulars too short to be a
 * useful prefix.
 */
const PLURAL = /^(\p{L}{4,})(?<![sui])s$/iu;

/**
 * Quotes every word, requires all of them, and lets each match as a prefix: `shoe` finds `shoes`. Plurals are cut to
 * their singular, so `shoes` finds `shoe`. Null if the text contains no word, since nothing can match.
 */
export function matchExpression(text: string): string | null {
  const words = text
    .normalize("NFC")
    .split(BETWEEN_WORDS)
    .filter((word) => IN_A_WORD.test(word));
  if (words.length === 0) return null;
  return words.map((word) => `"${word.replace(PLURAL, "$1").replaceAll('"', '""')}"*`).join(" AND ");
}
