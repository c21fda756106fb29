/** The order of the pipeline's checks, in words for pages and documents. */

/** A violation of an earlier check is reported before a violation of a later one. */
export const PIPELINE_ORDER = [
  "limits",
  "identity",
  "negotiation",
  "idempotency",
  "preconditions",
  "validation",
  "representation",
] as const;

/** The same order as a sentence fragment. */
export const PIPELINE_IN_WORDS = PIPELINE_ORDER.join(", ");
