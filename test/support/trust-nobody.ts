/** The real authenticator, which nobody's key set ever reaches: with no trusted issuer it is never asked for one. */
import { createAuthenticator } from "#features/identity/authenticate.ts";

export const trustNobody = createAuthenticator(async () => new Response(null, { status: 500 }));
