/** Pages of somebody's own account: who is not logged in is led to where that is done. */
import type { Call } from "#core/contract/endpoint.ts";
import { readSignIn, type SignIn } from "#features/identity/sign-ins/sign-in.ts";
import type { LeadOn } from "../visit.ts";

/** How long after proving who they are somebody may add another way to do so. */
const RECENT_MS = 15 * 60_000;

/** What `use` makes of the browser's sign-in; without one it leads to the log-in. */
export async function whenSignedIn<Made>(
  call: Call<unknown, unknown, unknown>,
  use: (signIn: SignIn) => Promise<Made>,
): Promise<Made | LeadOn> {
  const signIn = await readSignIn(call);
  return signIn === undefined ? { location: "/login" } : use(signIn);
}

/** Whether somebody has proved who they are a moment ago: a browser left open is not enough to take an account over. */
export function isRecent({ authenticatedAt }: SignIn, now: number): boolean {
  return now - authenticatedAt <= RECENT_MS;
}
