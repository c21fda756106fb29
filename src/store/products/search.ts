/** From what a person types to an FTS5 expression in which nothing of it is syntax. */

/**
 * Every word quoted, all required, the last also as a beginning; null when the text has no word at all and so
 * nothing can match.
 */
export function matchExpression(text: string): string | null {
  const words = text
    .normalize("NFC")
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word));
  if (words.length === 0) return null;
  return `${words.map((word) => `"${word.replaceAll('"', '""')}"`).join(" AND ")}*`;
}
