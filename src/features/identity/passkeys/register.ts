/**
 * A signed-in person adds a passkey. The authenticator must store it as a discoverable credential and verify the
 * person, so a passkey alone is enough to sign in. Refuses responses to challenges of another browser or account, and
 * an eleventh passkey.
 */
import type {
  AuthenticatorTransport,
  PublicKeyCredentialCreationOptionsJSON,
  RegistrationResponseJSON,
} from "@simplewebauthn/server";
import type { RequestContext } from "#core/contract/dependencies.ts";
import { commit } from "#core/data/commit.ts";
import { toBase64url } from "#core/http/base64url.ts";
import { type Problem, problem } from "#core/http/problem.ts";
import type { Account } from "../accounts/account.ts";
import { tellOwner } from "../mail/tell-owner.ts";
import { isSignedIn } from "../sign-ins/store.ts";
import { type Ceremony, makeChallenge } from "./challenge.ts";
import { ALGORITHMS, CEREMONY_MS, MOST_PASSKEYS, RELYING_PARTY_NAME, relyingPartyId } from "./relying-party.ts";
import {
  hasRoom,
  insertPasskey,
  isNew,
  isUnspent,
  listCredentials,
  type Passkey,
  type PasskeyCredential,
  spendChallenge,
} from "./store.ts";
import { challengeOf, loadWebAuthn, parseResponse } from "./webauthn.ts";

const encoder = new TextEncoder();

/** The argument of `navigator.credentials.create`, as JSON (Web Authentication section 5.4). */
export async function registrationOptions(
  account: Account,
  browserId: string,
  context: RequestContext,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const known = await listCredentials(context.database, account.id);
  return {
    rp: { name: RELYING_PARTY_NAME, id: relyingPartyId(context.origin) },
    user: {
      id: toBase64url(encoder.encode(account.id)),
      name: account.email,
      displayName: account.name,
    },
    challenge: await makeChallenge(ceremonyOf(account, browserId), context),
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ alg, type: "public-key" })),
    timeout: CEREMONY_MS,
    attestation: "none",
    excludeCredentials: known.map(({ id, transports }) => ({
      id,
      type: "public-key",
      transports: [...transports] as AuthenticatorTransport[], // a hint; browsers ignore unknown values
    })),
    authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
  };
}

export interface NewPasskey {
  readonly account: Account;
  readonly browserId: string;
  /** `JSON.stringify(credential)` of the browser's credential. */
  readonly response: string;
  /** The person's name for the passkey. */
  readonly name: string;
  /** The hash of this browser's sign-in, which must still be active when the passkey is stored. */
  readonly signIn?: string;
}

/**
 * @throws validation-error if the response does not match a challenge of this browser and account
 * @throws conflict if the passkey is already registered, or the account has ten
 * @throws unauthorized if the challenge was used before, or this browser was signed out in the meantime
 */
export async function addPasskey(
  { account, browserId, response, name, signIn }: NewPasskey,
  context: RequestContext,
): Promise<Passkey> {
  const { database, now } = context;
  const { credential, challengeHash } = await verify(response, ceremonyOf(account, browserId), context);
  await commit(database, {
    guards: [
      ...(signIn === undefined ? [] : [isSignedIn(signIn, now)]),
      isUnspent(challengeHash),
      isNew(credential.id),
      hasRoom(account.id, MOST_PASSKEYS),
    ],
    statements: [
      spendChallenge(database, challengeHash, now),
      insertPasskey(database, account.id, credential, name, now),
    ],
  });
  tellOwner(context, { email: account.email }, { kind: "passkey-added" });
  return { id: credential.id, name, createdAt: now, lastUsedAt: undefined };
}

async function verify(
  text: string,
  ceremony: Ceremony,
  context: RequestContext,
): Promise<{ readonly credential: PasskeyCredential; readonly challengeHash: string }> {
  const response = parseResponse(text);
  if (response === undefined) throw unusable();
  const { verifyRegistrationResponse } = await loadWebAuthn();
  const challenge = challengeOf(ceremony, context);
  const { origin } = context;
  const { registrationInfo } = await verifyRegistrationResponse({
    response: response as RegistrationResponseJSON, // the package checks the members
    expectedChallenge: challenge.expected,
    expectedOrigin: origin,
    expectedRPID: relyingPartyId(origin),
    requireUserVerification: true,
    supportedAlgorithmIDs: ALGORITHMS,
  }).catch((cause: unknown) => {
    throw unusable(cause);
  });
  if (registrationInfo === undefined) throw unusable();
  const { id, publicKey, counter, transports = [] } = registrationInfo.credential;
  return {
    credential: {
      id,
      publicKey: toBase64url(publicKey),
      counter,
      transports: transports.filter((transport) => /^[a-z-]{1,32}$/.test(transport)).slice(0, 8),
    },
    challengeHash: await challenge.hash(),
  };
}

function ceremonyOf(account: Account, browserId: string): Ceremony {
  return { kind: "register", browserId, accountId: account.id };
}

function unusable(cause?: unknown): Problem {
  const detail = "The passkey response does not belong to this page, or is too old. Try again.";
  return problem("validation-error", {
    detail,
    errors: [{ pointer: "#/credential", code: "invalid", detail }],
    cause,
  });
}
