/** Formats a waiting time. The pages and their scripts share this module. */

/**
 * Rounds up, so that a retry is never too early. Returns "a moment" if the time is unknown.
 *
 * @param {number} seconds
 */
export function inWords(seconds) {
  if (!Number.isFinite(seconds)) return "a moment";
  if (seconds < 120) return counted(Math.max(1, Math.ceil(seconds)), "second");
  if (seconds < 7_200) return counted(Math.ceil(seconds / 60), "minute");
  return counted(Math.ceil(seconds / 3_600), "hour");
}

/**
 * @param {number} count
 * @param {string} unit
 */
function counted(count, unit) {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
