/** Fields that one stage or feature adds to the log line of a request. The line contains no field that is not listed here. */
export type LogFields = {
  /** The template of a path, where the request has no endpoint. */
  "http.route"?: string;
  /** The opaque id of the account that the request proved to act for, also when the request was refused afterwards. */
  "user.id"?: string | undefined;
  /** The OAuth client that the request came from or was about: as a verified token names it, or as it was found. */
  "client.id"?: string | undefined;
  /** Why credentials were refused: for the operators alone. */
  "auth.failure"?: string;
  /** Set where an issuer's keys were used beyond their time, since it did not answer. */
  "auth.key_set"?: "stale";
  /** What the authorization server refused, as OAuth names it. */
  "oauth.error"?: string;
  /** Why an answer could not be kept for those who ask again with the same key. */
  "idempotency.failure"?: string;
  /** Why a mail that was due is not sent. */
  "mail.failure"?: string;
  /** Who told how the caller's own limit stands: a loan, the object that owns it, a remembered refusal, nobody. */
  "limit.source"?: string;
  /** Policies that refused the request, separated by blanks; likewise the next two. */
  "limit.refused"?: string;
  /** Policies that would have refused it, but are only watched. */
  "limit.shadow"?: string;
  /** Policies that could not be asked: the request went on or not as each says. */
  "limit.failed"?: string;
  /** The policy that refused the same key again and again within a minute: said once a minute. */
  "limit.alarm"?: string;
  /** Set where changed limits were not taken over. */
  "limit.overrides"?: "invalid" | "unavailable";
  /** Why what KV keeps of other sources was not used: it did not answer, has something else, or the source did not answer. */
  "read_model.failure"?: "unavailable" | "invalid" | "stale";
};
