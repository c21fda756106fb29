/** Restricts account pages to signed-in browsers and redirects all others to the sign-in page. */
import type { Call } from "#core/contract/endpoint.ts";
import { readSignIn, type SignIn } from "#features/identity/sign-ins/sign-in.ts";
import type { LeadOn } from "../visit.ts";

/** How long after signing in a person may add a passkey. */
const RECENT_MS = 15 * 60_000;

/** Calls `use` with the sign-in of the browser. Without one, redirects to the sign-in page. */
export async function whenSignedIn<Made>(
  call: Call<unknown, unknown, unknown>,
  use: (signIn: SignIn) => Promise<Made>,
): Promise<Made | LeadOn> {
  const signIn = await readSignIn(call);
  return signIn === undefined ? { location: "/login" } : use(signIn);
}

/** Whether the sign-in is at most 15 minutes old, so that an unattended browser is not enough to take over the account. */
export function isRecent({ authenticatedAt }: SignIn, now: number): boolean {
  return now - authenticatedAt <= RECENT_MS;
}
