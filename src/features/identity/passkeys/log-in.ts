/**
 * A person signs in with a passkey, without entering an account name: the authenticator identifies the account. Refuses
 * a response to another browser's challenge, a replayed response, and one whose authenticator did not verify the
 * person.
 */
import type { AuthenticationResponseJSON, PublicKeyCredentialRequestOptionsJSON } from "@simplewebauthn/server";
import type { RequestContext } from "#core/contract/dependencies.ts";
import { commit } from "#core/data/commit.ts";
import { fromBase64url, toBase64url } from "#core/http/base64url.ts";
import type { LoggedIn } from "../accounts/account.ts";
import { makeChallenge } from "./challenge.ts";
import { CEREMONY_MS, relyingPartyId } from "./relying-party.ts";
import { findCredential, isAtCounter, isUnspent, noteUse, type PasskeyCredential, spendChallenge } from "./store.ts";
import { challengeOf, loadWebAuthn, parseResponse } from "./webauthn.ts";

const encoder = new TextEncoder();

/** The argument of `navigator.credentials.get`, as JSON (Web Authentication section 5.5). */
export async function authenticationOptions(
  browserId: string,
  context: RequestContext,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  return {
    challenge: await makeChallenge(ceremonyOf(browserId), context),
    timeout: CEREMONY_MS,
    rpId: relyingPartyId(context.origin),
    allowCredentials: [],
    userVerification: "required",
  };
}

export interface PasskeyLogIn {
  readonly browserId: string;
  /** `JSON.stringify(credential)` of the browser's credential. */
  readonly response: string;
}

/** @throws unauthorized if the same response, or another one of the passkey, was used first */
export async function logInByPasskey(
  { browserId, response: text }: PasskeyLogIn,
  context: RequestContext,
): Promise<LoggedIn | { readonly outcome: "wrong" }> {
  const { database, now } = context;
  const response = parseResponse(text);
  const found = response && (await findCredential(database, response.id));
  if (found === undefined) return { outcome: "wrong" };
  const { credential, account } = found;
  const verified = await verify(response as AuthenticationResponseJSON, credential, browserId, context); // the package checks the members
  if (verified === undefined || !isOwnHandle(verified.userHandle, account.id)) return { outcome: "wrong" };
  await commit(database, {
    guards: [isUnspent(verified.challengeHash), isAtCounter(credential.id, credential.counter)],
    statements: [
      spendChallenge(database, verified.challengeHash, now),
      noteUse(database, credential.id, verified.counter, now),
    ],
  });
  return {
    outcome: "in",
    account,
    // RFC 8176 section 2: a key that can be copied to other devices counts as held by software. With the person
    // verified, it counts as two factors.
    methods: [verified.isHardware ? "hwk" : "swk", "mfa"],
    holding: [isAtCounter(credential.id, verified.counter)],
  };
}

interface Verified {
  readonly counter: number;
  readonly isHardware: boolean;
  readonly challengeHash: string;
  readonly userHandle: string | undefined;
}

async function verify(
  response: AuthenticationResponseJSON,
  { id, publicKey, counter }: PasskeyCredential,
  browserId: string,
  context: RequestContext,
): Promise<Verified | undefined> {
  const { verifyAuthenticationResponse } = await loadWebAuthn();
  const challenge = challengeOf(ceremonyOf(browserId), context);
  const { origin } = context;
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge.expected,
      expectedOrigin: origin,
      expectedRPID: relyingPartyId(origin),
      requireUserVerification: true,
      credential: { id, publicKey: fromBase64url(publicKey), counter },
    });
    if (!verified) return undefined;
    return {
      counter: authenticationInfo.newCounter,
      isHardware: authenticationInfo.credentialDeviceType === "singleDevice",
      challengeHash: await challenge.hash(),
      userHandle: response.response.userHandle,
    };
  } catch {
    // The package throws for every kind of invalid response. The client does not learn which one it was.
    return undefined;
  }
}

/** Web Authentication section 7.2 step 6: without an account name, the response contains the user handle. */
function isOwnHandle(userHandle: string | undefined, accountId: string): boolean {
  return userHandle === toBase64url(encoder.encode(accountId));
}

function ceremonyOf(browserId: string) {
  return { kind: "log-in", browserId, accountId: "" } as const;
}
