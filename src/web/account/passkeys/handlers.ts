/** Handles the passkey requests of the browser script. */
import type { Call } from "#core/contract/endpoint.ts";
import { problem } from "#core/http/problem.ts";
import type { LoggedIn } from "#features/identity/accounts/account.ts";
import { tellOwner } from "#features/identity/mail/tell-owner.ts";
import { authenticationOptions, logInByPasskey } from "#features/identity/passkeys/log-in.ts";
import { addPasskey, registrationOptions } from "#features/identity/passkeys/register.ts";
import { removePasskey } from "#features/identity/passkeys/store.ts";
import { readBrowser } from "#features/identity/sign-ins/browser.ts";
import { readSignIn, type SignIn, startSignIn } from "#features/identity/sign-ins/sign-in.ts";
import { isRecent, whenSignedIn } from "../account/signed-in.ts";
import { fieldProblem, refuseDeceptive } from "../refused.ts";
import type { Given } from "../script-endpoint.ts";
import type { LeadOn } from "../visit.ts";

type Sent<Body> = Call<unknown, unknown, Body>;

const WRONG = "This passkey does not belong to an account of this service.";

/** Returns the options to create a passkey. @throws unauthorized, forbidden */
export async function giveRegistrationOptions(call: Sent<unknown>): Promise<Given> {
  const { account } = await recentSignIn(call);
  return { value: await registrationOptions(account, readBrowser(call).id, call) };
}

/** Adds the passkey that the browser created. @throws unauthorized, forbidden, validation-error, conflict */
export async function keepPasskey(call: Sent<{ readonly credential: string; readonly name: string }>): Promise<Given> {
  const { account, idHash } = await recentSignIn(call);
  const { credential } = call.body;
  const name = call.body.name.trim() || "Passkey";
  refuseDeceptive("name", "The name", name);
  const browserId = readBrowser(call).id;
  await addPasskey({ account, browserId, response: credential, name, signIn: idHash }, call);
  return { value: { location: "/account?notice=passkey-added" } };
}

/** @throws unauthorized without a sign-in, forbidden if the sign-in is older than 15 minutes */
async function recentSignIn(call: Sent<unknown>): Promise<SignIn> {
  const signIn = await readSignIn(call);
  if (signIn === undefined) {
    throw problem("unauthorized", { detail: "Sign in first." });
  }
  if (!isRecent(signIn, call.now)) throw problem("forbidden", { detail: "Sign in again to add a passkey." });
  return signIn;
}

/** Removes a passkey of the signed-in person. @throws validation-error if the account has no such passkey */
export async function submitRemoval(call: Sent<{ readonly id: string }>): Promise<LeadOn> {
  return whenSignedIn(call, async ({ account }) => {
    const isRemoved = await removePasskey(call, account, call.body.id);
    if (!isRemoved) throw fieldProblem("id", "unknown", "This passkey no longer exists.");
    tellOwner(call, account, { kind: "passkey-removed" });
    return { location: "/account?notice=passkey-removed" };
  });
}

/** Returns the options to request a passkey. */
export async function giveLogInOptions(call: Sent<unknown>): Promise<Given> {
  return { value: await authenticationOptions(readBrowser(call).id, call) };
}

/** Verifies the credential. @throws validation-error if it is invalid */
export async function provenByPasskey(call: Sent<{ readonly credential: string }>): Promise<LoggedIn> {
  const result = await logInByPasskey({ browserId: readBrowser(call).id, response: call.body.credential }, call);
  if (result.outcome === "wrong") throw fieldProblem("credential", "wrong", WRONG);
  return result;
}

/** Signs the browser in with a passkey. @throws as `provenByPasskey` does */
export async function logInWithPasskey(call: Sent<{ readonly credential: string }>): Promise<Given> {
  const { cookie } = await startSignIn(call, await provenByPasskey(call));
  return { value: { location: "/account" }, cookies: [cookie] };
}
