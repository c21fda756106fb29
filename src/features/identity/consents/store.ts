/**
 * The apps that an account has connected, and how the account disconnects them. Withdrawing a consent ends everything
 * that it led to in one batch: codes, refresh tokens, access tokens, and API keys created through the app.
 */
import { and, desc, eq, gt, sql } from "drizzle-orm";
import type { RequestContext } from "#core/contract/dependencies.ts";
import { commitAndRead } from "#core/data/commit.ts";
import type { Database } from "#core/data/database.ts";
import { oauthArtifacts, oauthClients, revocations } from "#schema/oauth.ts";
import { endKeysOfApp } from "../api-keys/store.ts";
import { noteRevoked } from "../revocations/memory.ts";
import { revocationOf } from "../revocations/revocation.ts";
import { GRANT_SECONDS } from "../server/lifetimes.ts";
import { namesIn } from "../server/scopes.ts";

/** An app with access to an account. */
export interface ConnectedApp {
  readonly clientId: string;
  readonly name: string;
  /** The union of the scopes of all its grants. */
  readonly scopes: readonly string[];
  /** Epoch ms of the latest consent. */
  readonly allowedAt: number;
}

/** Each consent creates a grant; only the newest grants are read. */
const MAX_GRANTS = 500;

/** A query for the grants of the account, newest first; `appsOf` groups its rows. `now` is epoch ms. */
export function grantsQuery(database: Database, accountId: string, now: number) {
  return database.orm
    .select({
      clientId: oauthClients.clientId,
      name: oauthClients.name,
      payload: oauthArtifacts.payload,
      expiresAt: oauthArtifacts.expiresAt,
    })
    .from(oauthArtifacts)
    .innerJoin(oauthClients, eq(oauthClients.clientId, oauthArtifacts.clientId))
    .where(
      and(
        eq(oauthArtifacts.accountId, accountId),
        eq(oauthArtifacts.model, "Grant"),
        gt(oauthArtifacts.expiresAt, now),
      ),
    )
    .orderBy(desc(oauthArtifacts.expiresAt))
    .limit(MAX_GRANTS);
}

type GrantRow = Awaited<ReturnType<typeof grantsQuery>>[number];

/** One entry per app, the most recently allowed first. */
export function appsOf(rows: readonly GrantRow[]): ConnectedApp[] {
  const apps = new Map<string, ConnectedApp>();
  for (const { clientId, name, payload, expiresAt } of rows) {
    const known = apps.get(clientId);
    const scopes = [...new Set([...(known?.scopes ?? []), ...scopesIn(payload)])];
    const allowedAt = known?.allowedAt ?? expiresAt - GRANT_SECONDS * 1000;
    apps.set(clientId, { clientId, name, scopes, allowedAt });
  }
  return [...apps.values()];
}

function scopesIn(payload: string): string[] {
  const { openid, resources = {} } = JSON.parse(payload) as {
    readonly openid?: { readonly scope?: string };
    readonly resources?: Readonly<Record<string, string>>;
  }; // written by newGrant
  return [openid?.scope ?? "", ...Object.values(resources)].flatMap(namesIn);
}

/** Withdraws everything that the account has allowed the app. False if the app has no access. */
export async function withdrawConsent(
  { database, now }: Pick<RequestContext, "database" | "now">,
  app: { readonly accountId: string; readonly clientId: string },
): Promise<boolean> {
  const { orm } = database;
  const own = and(eq(oauthArtifacts.accountId, app.accountId), eq(oauthArtifacts.clientId, app.clientId));
  const { issuedBefore, expiresAt } = revocationOf("grant", "", now);
  const revoked = orm
    .insert(revocations)
    .select(
      sql`SELECT DISTINCT NULL, 'grant', ${oauthArtifacts.grantId}, ${issuedBefore}, ${expiresAt}, 1 FROM ${oauthArtifacts} WHERE ${own} AND ${oauthArtifacts.grantId} IS NOT NULL`,
    )
    .returning({ id: revocations.id });
  const ended = orm.delete(oauthArtifacts).where(own);
  const [rows] = await commitAndRead(database, { guards: [], statements: [...endKeysOfApp(database, app, now)] }, [
    revoked,
    ended,
  ]);
  noteRevoked(rows.map(({ id }) => revocationOf("grant", id, now)));
  return rows.length > 0;
}
