/**
 * The correlation id of a request. The id is safe in headers, logs and documents. A client's id that is not safe is
 * silently replaced.
 */

const CORRELATION_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The client's id from X-Correlation-Id (null if absent) if it is safe, otherwise `fresh`. */
export function acceptCorrelationId(header: string | null, fresh: string): string {
  return header !== null && CORRELATION_ID.test(header) ? header : fresh;
}
