/**
 * The steps of an authorization that a person takes: sign-in and consent. The pages are in `src/web/account/`; this
 * file writes the decisions, which the authorization server reads when the browser returns. An interaction belongs to
 * the browser that started it. Each step needs that browser's cookie, and the return also needs the sign-in that took
 * the last step. No step loads oidc-provider.
 */
import { z } from "@hono/zod-openapi";
import type { RequestContext } from "#core/contract/dependencies.ts";
import type { Role } from "#core/contract/principal.ts";
import { hashSecret } from "../api-keys/secret.ts";
import { newGrant } from "./grants.ts";
import { findAccount, findClient } from "./party-queries.ts";
import { resumeUrl } from "./paths.ts";
import { type GrantedScopes, grantedScopes } from "./scopes.ts";
import { decide, findArtifact, type Members, type StoredArtifact } from "./store.ts";

type InteractionContext = Pick<RequestContext, "now" | "scopes" | "origin" | "database" | "randomBytes" | "log">;

/** The interaction as its page shows it. */
export interface Interaction {
  readonly uid: string;
  readonly prompt: "login" | "consent";
  readonly client: { readonly id: string; readonly name: string };
  /** The redirect URI that receives the response. */
  readonly redirectUri: string;
  /** The scopes that the client requests and, at consent, the scopes that it would get. */
  readonly scopes: { readonly asked: readonly string[]; readonly granted: readonly string[] };
  /** The email address that the client expects the person to use (`login_hint`). */
  readonly loginHint: string | undefined;
  /** Whether the person has to sign in again, even if they are signed in. */
  readonly isForced: boolean;
  /** The maximum age of the sign-in, in seconds. */
  readonly maxAge: number | undefined;
  /** At consent: the signed-in account. Only this account may consent. */
  readonly accountId: string | undefined;
}

/** The signed-in account, with the method, time and browser session of the sign-in. */
export interface SignIn {
  /** The hash of the sign-in's cookie. */
  readonly idHash: string;
  readonly accountId: string;
  /** The methods of authentication, as RFC 8176 names them. */
  readonly methods: readonly string[];
  /** Epoch ms. */
  readonly authenticatedAt: number;
}

/** A person who decides for the signed-in account. */
export interface Decider {
  readonly accountId: string;
  /** The account's credential version, as it was read with the sign-in. The consent asserts it. */
  readonly accountVersion: number;
  /** The scopes that the page showed. */
  readonly shown: readonly string[];
}

const loginSchema = z.looseObject({
  accountId: z.string(),
  ts: z.number(),
  amr: z.array(z.string()),
});

/** The members of the library's stored interaction that are read here. */
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

/** The interaction with that id. Undefined if there is none, or if a browser other than `browser` started it. */
export async function findInteraction(
  context: InteractionContext,
  uid: string,
  browser: string | undefined,
): Promise<Interaction | undefined> {
  const found = await find(context, uid, browser);
  if (found === undefined) return undefined;
  const { params, prompt, lastSubmission } = found.stored;
  const { database, log, scopes } = context;
  const accountId = lastSubmission?.login?.accountId;
  const [client, account] = await Promise.all([
    findClient(database, params.client_id),
    accountId === undefined ? undefined : findAccount(database, accountId),
  ]);
  if (client === undefined) return undefined;
  log["client.id"] = client.clientId;
  const scopesFor = (role: Role) => namesOf(grantedScopes(scopes, params.scope, client.scopes, role));
  return {
    uid,
    prompt: prompt.name,
    client: { id: client.clientId, name: client.name },
    redirectUri: params.redirect_uri,
    scopes: { asked: scopesFor("admin"), granted: account === undefined ? [] : scopesFor(account.role) },
    loginHint: params.login_hint,
    isForced: prompt.name === "login" && (params.prompt ?? "").split(" ").includes("login"),
    maxAge: params.max_age === undefined ? undefined : Number(params.max_age),
    accountId: prompt.name === "consent" ? accountId : undefined,
  };
}

/** Records the sign-in. Returns the URL to continue at; undefined if this browser has no such step to take. */
export async function finishLogin(
  context: InteractionContext,
  uid: string,
  browser: string | undefined,
  { accountId, methods, authenticatedAt, idHash }: SignIn,
): Promise<string | undefined> {
  const found = await find(context, uid, browser);
  if (found?.stored.prompt.name !== "login") return undefined;
  const login = { accountId, ts: Math.floor(authenticatedAt / 1000), amr: [...methods], remember: false };
  const result = { ...found.stored.lastSubmission, login };
  return finish(context, uid, found, { result, decidedBy: idHash }, { accountId });
}

/**
 * Records the account's consent and creates the grant. Returns the URL to continue at; undefined if this browser has no
 * such step to take, or the step belongs to another account.
 */
export async function finishConsent(
  context: InteractionContext,
  uid: string,
  browser: string | undefined,
  { accountId, accountVersion, shown, idHash }: Decider & Pick<SignIn, "idHash">,
): Promise<string | undefined> {
  const found = await find(context, uid, browser);
  if (found?.stored.prompt.name !== "consent" || found.stored.lastSubmission?.login?.accountId !== accountId) {
    return undefined;
  }
  const { params, lastSubmission } = found.stored;
  const grant = await newGrant(context, {
    accountId,
    accountVersion,
    clientId: params.client_id,
    asked: params.scope,
    shown,
  });
  if (grant === undefined) return undefined;
  const result = { ...lastSubmission, consent: { grantId: grant.id } };
  return finish(context, uid, found, { result, decidedBy: idHash }, { grant });
}

/**
 * Restarts the same request for authorization at its first step, for another account. False if this browser has no
 * consent to give.
 */
export async function restartInteraction(
  context: InteractionContext,
  uid: string,
  browser: string | undefined,
): Promise<boolean> {
  const found = await find(context, uid, browser);
  if (found?.stored.prompt.name !== "consent") return false;
  const { lastSubmission: _, accountId: _account, result: _result, decidedBy: _by, ...kept } = found.artifact.payload;
  const payload = { ...kept, prompt: { name: "login", reasons: ["account_switch"], details: {} } };
  return decide(context.database, { ...found.artifact, accountId: null }, { payload }, context.now);
}

/** Records the person's refusal. Returns the URL that reports it to the client; undefined as above. */
export async function abortInteraction(
  context: InteractionContext,
  uid: string,
  browser: string | undefined,
): Promise<string | undefined> {
  const found = await find(context, uid, browser);
  if (found === undefined) return undefined;
  const result = { error: "access_denied", error_description: "the user denied the request" };
  return finish(context, uid, found, { result });
}

/** The hashes of the browser's cookies. */
export interface BrowserProof {
  readonly browser: string | undefined;
  readonly signIn: string | undefined;
}

/**
 * The stored interaction, if this browser started it and has the sign-in that took the last step. Without this check an
 * attacker could start an interaction, have a victim take its steps, and receive the code.
 */
export async function findResumable(
  context: Pick<RequestContext, "now" | "database">,
  uid: string,
  { browser, signIn }: BrowserProof,
): Promise<StoredArtifact | undefined> {
  const found = await find(context, uid, browser);
  if (found === undefined) return undefined;
  const { decidedBy } = found.stored;
  return decidedBy === undefined || decidedBy === signIn ? found.artifact : undefined;
}

async function find(
  { database, now }: Pick<RequestContext, "now" | "database">,
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
  { database, origin, now }: InteractionContext,
  uid: string,
  { artifact }: Found,
  { result, decidedBy }: { readonly result: Members; readonly decidedBy?: string },
  known: Omit<Parameters<typeof decide>[2], "payload"> = {},
): Promise<string | undefined> {
  const payload = { ...artifact.payload, result, ...(decidedBy === undefined ? {} : { decidedBy }) };
  const decision = { ...known, payload };
  if (await decide(database, artifact, decision, now)) return resumeUrl(origin, uid);
  // If a form is submitted twice at once, the browser shows the response to the second request.
  const decided = await findArtifact(database, "Interaction", artifact.idHash);
  return decided?.payload["result"] === undefined ? undefined : resumeUrl(origin, uid);
}

export function namesOf({ protocol, api }: GrantedScopes): string[] {
  return [...protocol, ...api];
}
