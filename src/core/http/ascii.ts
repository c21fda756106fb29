/**
 * Case folding of ASCII letters alone. `toLowerCase` and `toUpperCase` make ASCII letters of some others, such as U+212A
 * (Kelvin sign) and U+0131 (dotless i), so a name that was never registered would pass for one that is.
 */

/** `A` to `Z` in lower case; every other character as it is. */
export function lowerAscii(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** `a` to `z` in upper case; every other character as it is. */
export function upperAscii(text: string): string {
  return text.replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase());
}
