/**
 * The Server-Timing header (W3C Server Timing, section 3.2): metrics of one answer. Guarantees a value that parses back
 * to what was given. Not a structured field of RFC 9651: its parameters are tokens or quoted strings of RFC 9110.
 */

export interface TimingMetric {
  /** A token. */
  readonly name: string;
  /** Milliseconds; told to the microsecond. */
  readonly durationMs?: number;
  /** Visible ASCII and blanks. */
  readonly description?: string;
}

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const PRINTABLE = /^[\x20-\x7e]*$/;

/** @throws TypeError for a name that is no token, a duration that is none, a description that no header can hold */
export function formatServerTiming(metrics: readonly TimingMetric[]): string {
  return metrics.map(formatMetric).join(", ");
}

function formatMetric({ name, durationMs, description }: TimingMetric): string {
  if (!TOKEN.test(name)) throw new TypeError(`not a token: ${JSON.stringify(name)}`);
  const parameters = [
    ...(durationMs === undefined ? [] : [`dur=${formatDuration(durationMs)}`]),
    ...(description === undefined ? [] : [`desc=${quote(description)}`]),
  ];
  return [name, ...parameters].join(";");
}

function formatDuration(milliseconds: number): string {
  if (!(milliseconds >= 0 && milliseconds < 1e9)) throw new TypeError(`not a duration: ${milliseconds}`);
  // Without an exponent, which is no sign of a token that everybody reads as a number.
  return milliseconds.toFixed(3).replace(/\.?0+$/, "");
}

/** RFC 9110 section 5.6.4. */
function quote(text: string): string {
  if (!PRINTABLE.test(text)) throw new TypeError(`not of a header: ${JSON.stringify(text)}`);
  return `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}
