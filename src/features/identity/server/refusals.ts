/** Requests that a browser brings and that cannot be answered to the client: the person is shown why. */
import type { Surroundings } from "#core/contract/doors.ts";

/** Why the client must not be answered. */
export interface AuthorizationRefusal {
  /** As OAuth names it, such as `invalid_redirect_uri`. */
  readonly error: string;
  readonly description: string;
  /** What the person can do instead. */
  readonly next?: { readonly href: string; readonly label: string };
}

/** Shows a person why the request cannot be answered. */
export type ShowRefusal = (refusal: AuthorizationRefusal, surroundings: Surroundings) => Promise<Response>;
