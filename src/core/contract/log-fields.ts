/**
 * Fields that stages and features add to the log line of a request. Fields that are not listed here are never logged.
 */
export type LogFields = {
  /** The path template, if the request has no endpoint. */
  "http.route"?: string;
  /** The opaque id of the authenticated account, even if a later stage refused the request. */
  "user.id"?: string | undefined;
  /** The OAuth client of the request: the client in a verified token, or the client that calls an OAuth endpoint. */
  "client.id"?: string | undefined;
  /** Why credentials were refused. Only operators see it. */
  "auth.failure"?: string;
  /** Set if an issuer did not respond and its expired keys were used. */
  "auth.key_set"?: "stale";
  /** The OAuth error code of the authorization server. */
  "oauth.error"?: string;
  /** Why a response could not be stored for retries with the same key. */
  "idempotency.failure"?: string;
  /** Why a mail was not sent. */
  "mail.failure"?: string;
  /** Where the state of the caller's limit came from: a lease, the Durable Object, a remembered refusal, or nothing. */
  "limit.source"?: string;
  /** The policies that refused the request, separated by spaces. The next two fields have the same format. */
  "limit.refused"?: string;
  /** Policies in shadow mode that would have refused the request. */
  "limit.shadow"?: string;
  /** Policies that could not be evaluated. Each policy's `whenUnavailable` decides whether the request passes. */
  "limit.failed"?: string;
  /** The policy that refused the same key repeatedly within a minute. Logged once a minute. */
  "limit.alarm"?: string;
  /** Set if changed limits could not be applied. */
  "limit.overrides"?: "invalid" | "unavailable";
  /** Why the read model in KV was not used: KV did not respond, the value is invalid, or its source did not respond. */
  "read_model.failure"?: "unavailable" | "invalid" | "stale";
};
