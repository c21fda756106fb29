/**
 * The steps of an authorization that a person takes: to sign in, to consent. The pages are the people room's; what they
 * decide is written here, and the authorization server reads it when the browser comes back to it. An interaction belongs
 * to the browser that started it, from the request to the redirect: each step needs that browser's cookie, and the way
 * back also needs the sign-in that took the last step. oidc-provider is not needed for any of it.
 */
import { z } from "@hono/zod-openapi";
import type { Surroundings } from "#core/contract/doors.ts";
import { hashSecret } from "../api-keys/secret.ts";
import { newGrant } from "./grants.ts";
import { resumeUrl } from "./paths.ts";
import { type GrantedScopes, grantedScopes } from "./scopes.ts";
import { decide, findAccount, findArtifact, findClient, type Members, type StoredArtifact } from "./store.ts";

type InteractionSurroundings = Pick<Surroundings, "now" | "origin" | "database" | "randomBytes" | "log">;

/** What the page shows, and what it may take for granted. */
export interface Interaction {
  readonly uid: string;
  readonly prompt: "login" | "consent";
  readonly client: { readonly id: string; readonly name: string };
  /** Where the answer goes: one of the client's redirect URIs. */
  readonly redirectUri: string;
  /** What the client asks for; of a consent, what it would get. */
  readonly scopes: { readonly asked: readonly string[]; readonly granted: readonly string[] };
  /** The e-mail address that the client believes is the person's. */
  readonly loginHint: string | undefined;
  /** Whether the person has to sign in now, even where they are signed in. */
  readonly isForced: boolean;
  /** How old the sign-in may be, in seconds. */
  readonly maxAge: number | undefined;
  /** Of a consent: who signed in. Nobody else may give it. */
  readonly accountId: string | undefined;
}

/** Who signed in, how, when and in which browser session. */
export interface SignIn {
  /** The hash of the sign-in's cookie. */
  readonly idHash: string;
  readonly accountId: string;
  /** As RFC 8176 names them. */
  readonly methods: readonly string[];
  /** Epoch ms. */
  readonly authenticatedAt: number;
}

/** A person who decides for the account that is signed in. */
export interface Decider {
  readonly accountId: string;
  /** The account's credential version, as it was read with the sign-in: the consent asserts it. */
  readonly accountVersion: number;
}

const loginSchema = z.looseObject({
  accountId: z.string(),
  ts: z.number(),
  amr: z.array(z.string()),
});

/** What the library stores of an interaction, as far as it is read here. */
const storedSchema = z.looseObject({
  prompt: z.looseObject({ name: z.enum(["login", "consent"]) }),
  params: z.looseObject({
    client_id: z.string(),
    redirect_uri: z.string(),
    scope: z.string().optional(),
    login_hint: z.string().optional(),
    max_age: z.string().optional(),
    prompt: z.string().optional(),
  }),
  lastSubmission: z.looseObject({ login: loginSchema.optional() }).optional(),
  /** The hash of the cookie of the browser that started it. */
  browser: z.string().optional(),
  /** The hash of the sign-in that took the last step. */
  decidedBy: z.string().optional(),
});

interface Found {
  readonly artifact: StoredArtifact;
  readonly stored: z.output<typeof storedSchema>;
}

/** The interaction of that address. Undefined if there is none, or if another browser than `browser` started it. */
export async function findInteraction(
  surroundings: InteractionSurroundings,
  uid: string,
  browser: string | undefined,
): Promise<Interaction | undefined> {
  const found = await find(surroundings, uid, browser);
  if (found === undefined) return undefined;
  const { params, prompt, lastSubmission } = found.stored;
  const { database, log } = surroundings;
  const accountId = lastSubmission?.login?.accountId;
  const [client, account] = await Promise.all([
    findClient(database, params.client_id),
    accountId === undefined ? undefined : findAccount(database, accountId),
  ]);
  if (client === undefined) return undefined;
  log["client.id"] = client.clientId;
  const asked = namesOf(grantedScopes(params.scope, client.scopes, "admin"));
  const granted = account === undefined ? [] : namesOf(grantedScopes(params.scope, client.scopes, account.role));
  return {
    uid,
    prompt: prompt.name,
    client: { id: client.clientId, name: client.name },
    redirectUri: params.redirect_uri,
    scopes: { asked, granted },
    loginHint: params.login_hint,
    isForced: prompt.name === "login" && (params.prompt ?? "").split(" ").includes("login"),
    maxAge: params.max_age === undefined ? undefined : Number(params.max_age),
    accountId: prompt.name === "consent" ? accountId : undefined,
  };
}

/** Notes who signed in. Where the browser goes on; undefined where this browser has no such step to take. */
export async function finishLogin(
  surroundings: InteractionSurroundings,
  uid: string,
  browser: string | undefined,
  { accountId, methods, authenticatedAt, idHash }: SignIn,
): Promise<string | undefined> {
  const found = await find(surroundings, uid, browser);
  if (found?.stored.prompt.name !== "login") return undefined;
  const login = { accountId, ts: Math.floor(authenticatedAt / 1000), amr: [...methods], remember: false };
  const result = { ...found.stored.lastSubmission, login };
  return finish(surroundings, uid, found, { result, decidedBy: idHash }, { accountId });
}

/**
 * Notes that the account consents, and makes the grant. Where the browser goes on; undefined where this browser has no
 * such step to take, or the step is another account's.
 */
export async function finishConsent(
  surroundings: InteractionSurroundings,
  uid: string,
  browser: string | undefined,
  { accountId, accountVersion, idHash }: Decider & Pick<SignIn, "idHash">,
): Promise<string | undefined> {
  const found = await find(surroundings, uid, browser);
  if (found?.stored.prompt.name !== "consent" || found.stored.lastSubmission?.login?.accountId !== accountId) {
    return undefined;
  }
  const { params, lastSubmission } = found.stored;
  const grant = await newGrant(surroundings, {
    accountId,
    accountVersion,
    clientId: params.client_id,
    asked: params.scope,
  });
  if (grant === undefined) return undefined;
  const result = { ...lastSubmission, consent: { grantId: grant.id } };
  return finish(surroundings, uid, found, { result, decidedBy: idHash }, { grant });
}

/**
 * Goes back to the first step with the same request for authorization, for another account. False where this browser
 * has no consent to give.
 */
export async function restartInteraction(
  surroundings: InteractionSurroundings,
  uid: string,
  browser: string | undefined,
): Promise<boolean> {
  const found = await find(surroundings, uid, browser);
  if (found?.stored.prompt.name !== "consent") return false;
  const { lastSubmission: _, accountId: _account, result: _result, decidedBy: _by, ...kept } = found.artifact.payload;
  const payload = { ...kept, prompt: { name: "login", reasons: ["account_switch"], details: {} } };
  return decide(surroundings.database, { ...found.artifact, accountId: null }, { payload }, surroundings.now);
}

/** Notes that the person will not. Where the browser goes on, to tell the client; undefined as above. */
export async function abortInteraction(
  surroundings: InteractionSurroundings,
  uid: string,
  browser: string | undefined,
): Promise<string | undefined> {
  const found = await find(surroundings, uid, browser);
  if (found === undefined) return undefined;
  const result = { error: "access_denied", error_description: "the person refused" };
  return finish(surroundings, uid, found, { result });
}

/** What the browser of a request proves itself with: hashes of its cookies. */
export interface BrowserProof {
  readonly browser: string | undefined;
  readonly signIn: string | undefined;
}

/**
 * The stored interaction, if this browser may go on with it: it started it, and has the sign-in that took the last step.
 * Otherwise whoever started an interaction could have another person take its steps, and receive the code.
 */
export async function findResumable(
  surroundings: Pick<Surroundings, "now" | "database">,
  uid: string,
  { browser, signIn }: BrowserProof,
): Promise<StoredArtifact | undefined> {
  const found = await find(surroundings, uid, browser);
  if (found === undefined) return undefined;
  const { decidedBy } = found.stored;
  return decidedBy === undefined || decidedBy === signIn ? found.artifact : undefined;
}

async function find(
  { database, now }: Pick<Surroundings, "now" | "database">,
  uid: string,
  browser: string | undefined,
): Promise<Found | undefined> {
  if (browser === undefined) return undefined;
  const artifact = await findArtifact(database, "Interaction", await hashSecret(uid));
  if (artifact === undefined || artifact.expiresAt <= now) return undefined;
  const stored = storedSchema.parse(artifact.payload);
  return stored.browser === browser ? { artifact, stored } : undefined;
}

async function finish(
  { database, origin, now }: InteractionSurroundings,
  uid: string,
  { artifact }: Found,
  { result, decidedBy }: { readonly result: Members; readonly decidedBy?: string },
  known: Omit<Parameters<typeof decide>[2], "payload"> = {},
): Promise<string | undefined> {
  const payload = { ...artifact.payload, result, ...(decidedBy === undefined ? {} : { decidedBy }) };
  const decision = { ...known, payload };
  if (await decide(database, artifact, decision, now)) return resumeUrl(origin, uid);
  // Of a form that was sent twice at once, the browser shows what the second one led to.
  const decided = await findArtifact(database, "Interaction", artifact.idHash);
  return decided?.payload["result"] === undefined ? undefined : resumeUrl(origin, uid);
}

export function namesOf({ protocol, api }: GrantedScopes): string[] {
  return [...protocol, ...api];
}
