/** The real authenticator, which nobody's key set ever reaches: with no trusted issuer it is never asked for one. */
import { believeTokens } from "#features/identity/authenticate.ts";

export const trustNobody = believeTokens(async () => new Response(null, { status: 500 }));
