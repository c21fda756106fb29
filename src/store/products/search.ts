/** From what a person types to an FTS5 expression in which nothing of it is syntax. */

/** FTS5 reads its expression as C text, which a NUL would end in the middle of a quoted word. */
const BETWEEN_WORDS = /[\s\p{Cc}]+/u;
const IN_A_WORD = /[\p{L}\p{N}]/u;

/** A plural that is its singular and an s: not "glass", "focus" or "tennis", nor words so short that the rest is any word's beginning. */
const PLURAL = /^(\p{L}{4,})(?<![sui])s$/iu;

/**
 * Every word quoted, all required, each also as the beginning of a longer one: `shoe` finds `shoes`, and `shoes`, cut
 * to its singular, finds `shoe`. Null when the text has no word at all and so nothing can match.
 */
export function matchExpression(text: string): string | null {
  const words = text
    .normalize("NFC")
    .split(BETWEEN_WORDS)
    .filter((word) => IN_A_WORD.test(word));
  if (words.length === 0) return null;
  return words.map((word) => `"${word.replace(PLURAL, "$1").replaceAll('"', '""')}"*`).join(" AND ");
}
