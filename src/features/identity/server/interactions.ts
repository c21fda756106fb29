/**
 * The steps of an authorization that a person takes: to sign in, to consent. The pages are the people room's; what they
 * decide is written here, and the authorization server reads it when the browser comes back to it. Each step belongs to
 * the browser that has its cookie, and to nobody else who knows its address. oidc-provider is not needed for any of it.
 */
import { z } from "@hono/zod-openapi";
import type { Surroundings } from "#core/contract/doors.ts";
import { hashSecret } from "../api-keys/secret.ts";
import { newGrant } from "./grants.ts";
import { resumeUrl } from "./paths.ts";
import { type GrantedScopes, grantedScopes } from "./scopes.ts";
import { decide, findAccount, findArtifact, findClient, type Members, type StoredArtifact } from "./store.ts";

type InteractionSurroundings = Pick<Surroundings, "now" | "origin" | "database" | "randomBytes">;

/** What the page shows, and what it may take for granted. */
export interface Interaction {
  readonly uid: string;
  readonly prompt: "login" | "consent";
  readonly client: { readonly id: string; readonly name: string };
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

/** Who signed in, how and when. */
export interface SignIn {
  readonly accountId: string;
  /** As RFC 8176 names them. */
  readonly methods: readonly string[];
  /** Epoch ms. */
  readonly authenticatedAt: number;
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
    scope: z.string().optional(),
    login_hint: z.string().optional(),
    max_age: z.string().optional(),
    prompt: z.string().optional(),
  }),
  lastSubmission: z.looseObject({ login: loginSchema.optional() }).optional(),
});

interface Found {
  readonly artifact: StoredArtifact;
  readonly stored: z.output<typeof storedSchema>;
}

/** The interaction of that address. Undefined where there is none, or where `cookie` is not its own. */
export async function findInteraction(
  surroundings: InteractionSurroundings,
  uid: string,
  cookie: string | undefined,
): Promise<Interaction | undefined> {
  const found = await find(surroundings, uid, cookie);
  if (found === undefined) return undefined;
  const { params, prompt, lastSubmission } = found.stored;
  const { database } = surroundings;
  const accountId = lastSubmission?.login?.accountId;
  const [client, account] = await Promise.all([
    findClient(database, params.client_id),
    accountId === undefined ? undefined : findAccount(database, accountId),
  ]);
  if (client === undefined) return undefined;
  const asked = namesOf(grantedScopes(params.scope, client.scopes, "admin"));
  const granted = account === undefined ? [] : namesOf(grantedScopes(params.scope, client.scopes, account.role));
  return {
    uid,
    prompt: prompt.name,
    client: { id: client.clientId, name: client.name },
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
  cookie: string | undefined,
  { accountId, methods, authenticatedAt }: SignIn,
): Promise<string | undefined> {
  const found = await find(surroundings, uid, cookie);
  if (found?.stored.prompt.name !== "login") return undefined;
  const login = { accountId, ts: Math.floor(authenticatedAt / 1000), amr: [...methods], remember: false };
  return finish(surroundings, uid, found, { ...found.stored.lastSubmission, login });
}

/**
 * Notes that `accountId` consents, and makes the grant. Where the browser goes on; undefined where this browser has no
 * such step to take, or the step is another account's.
 */
export async function finishConsent(
  surroundings: InteractionSurroundings,
  uid: string,
  cookie: string | undefined,
  accountId: string,
): Promise<string | undefined> {
  const found = await find(surroundings, uid, cookie);
  if (found?.stored.prompt.name !== "consent" || found.stored.lastSubmission?.login?.accountId !== accountId) {
    return undefined;
  }
  const { params, lastSubmission } = found.stored;
  const grant = await newGrant(surroundings, { accountId, clientId: params.client_id, asked: params.scope });
  if (grant === undefined) return undefined;
  const result = { ...lastSubmission, consent: { grantId: grant.id } };
  return finish(surroundings, uid, found, result, grant.artifact);
}

/** Notes that the person will not. Where the browser goes on, to tell the client; undefined as above. */
export async function abortInteraction(
  surroundings: InteractionSurroundings,
  uid: string,
  cookie: string | undefined,
): Promise<string | undefined> {
  const found = await find(surroundings, uid, cookie);
  if (found === undefined) return undefined;
  return finish(surroundings, uid, found, { error: "access_denied", error_description: "the person refused" });
}

async function find(
  { database, now }: InteractionSurroundings,
  uid: string,
  cookie: string | undefined,
): Promise<Found | undefined> {
  if (cookie !== uid) return undefined;
  const artifact = await findArtifact(database, "Interaction", await hashSecret(uid));
  if (artifact === undefined || artifact.expiresAt <= now) return undefined;
  return { artifact, stored: storedSchema.parse(artifact.payload) };
}

async function finish(
  { database, origin, now }: InteractionSurroundings,
  uid: string,
  { artifact }: Found,
  result: Members,
  grant?: Parameters<typeof decide>[2]["grant"],
): Promise<string | undefined> {
  const payload = { ...artifact.payload, result };
  const decision = grant === undefined ? { payload } : { payload, grant };
  if (await decide(database, artifact, decision, now)) return resumeUrl(origin, uid);
  // Of a form that was sent twice at once, the browser shows what the second one led to.
  const decided = await findArtifact(database, "Interaction", artifact.idHash);
  return decided?.payload["result"] === undefined ? undefined : resumeUrl(origin, uid);
}

export function namesOf({ protocol, api }: GrantedScopes): string[] {
  return [...protocol, ...api];
}
