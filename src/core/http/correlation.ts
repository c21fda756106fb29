/**
 * The correlation id of a request. Guarantees an id that is inert in headers, logs and documents; refuses, silently,
 * any other that a client sends.
 */

const CORRELATION_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The client's id from its X-Correlation-Id (null when absent) if it is harmless, otherwise `fresh`. */
export function acceptCorrelationId(header: string | null, fresh: string): string {
  return header !== null && CORRELATION_ID.test(header) ? header : fresh;
}
