/**
 * Changes the case of ASCII letters only. `toLowerCase` and `toUpperCase` turn other letters into ASCII, such as U+212A
 * (Kelvin sign) and U+0131 (dotless i). An unregistered name could then pass for a registered one.
 */

/** Lower-cases `A` to `Z` and leaves every other character unchanged. */
export function lowerAscii(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Upper-cases `a` to `z` and leaves every other character unchanged. */
export function upperAscii(text: string): string {
  return text.replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase());
}
