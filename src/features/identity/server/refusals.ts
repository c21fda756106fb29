/** Browser requests whose error cannot be redirected to the client, so the person sees it. */
import type { RequestContext } from "#core/contract/dependencies.ts";

/** Why the error must not be sent to the client. */
export interface AuthorizationRefusal {
  /** The OAuth error code, such as `invalid_redirect_uri`. */
  readonly error: string;
  readonly description: string;
  /** An alternative for the person. */
  readonly next?: { readonly href: string; readonly label: string };
}

/** Renders the error for the person. */
export type ShowRefusal = (refusal: AuthorizationRefusal, context: RequestContext) => Promise<Response>;
