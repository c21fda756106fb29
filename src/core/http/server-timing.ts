/**
 * The Server-Timing header (W3C Server Timing, section 3.2): the metrics of one response. The value parses back to the
 * same metrics. It is not a structured field (RFC 9651): its parameters are tokens or quoted strings of RFC 9110.
 */

export interface TimingMetric {
  /** A token (RFC 9110). */
  readonly name: string;
  /** Milliseconds, written with microsecond precision. */
  readonly durationMs?: number;
  /** Visible ASCII and spaces. */
  readonly description?: string;
}

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const PRINTABLE = /^[\x20-\x7e]*$/;

/**
 * @throws TypeError for a name that is not a token, an invalid duration, or a description that a header cannot contain
 */
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
  // Never in exponent notation, which some parsers do not read as a number.
  return milliseconds.toFixed(3).replace(/\.?0+$/, "");
}

/** RFC 9110 section 5.6.4. */
function quote(text: string): string {
  if (!PRINTABLE.test(text)) throw new TypeError(`not valid in a header: ${JSON.stringify(text)}`);
  return `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}
