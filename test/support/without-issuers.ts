/** The real authenticator without trusted issuers: it never fetches a key set. */
import { createAuthenticator } from "#features/identity/authenticate.ts";

export const authenticateWithoutIssuers = createAuthenticator(async () => new Response(null, { status: 500 }));
