/** The order in which a request is judged, in the words that pages and documents use for it. */

/** What breaks an earlier step is answered before what breaks a later one. */
export const PIPELINE_ORDER = [
  "limits",
  "identity",
  "negotiation",
  "idempotency",
  "preconditions",
  "validation",
  "representation",
] as const;

/** The same as running text. */
export const PIPELINE_IN_WORDS = PIPELINE_ORDER.join(", ");
