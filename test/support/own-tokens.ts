/** Access tokens of the service's own issuer, signed with its own key. */
import { env } from "cloudflare:workers";
import { importJWK, SignJWT } from "jose";
import type { Principal } from "#core/contract/principal.ts";
import { openDatabase } from "#core/data/database.ts";
import { rememberSigningKeys } from "#features/identity/keys/keys.ts";
import { readSettings } from "../../src/config.ts";
import { ORIGIN, START } from "./service.ts";

const LIFETIME_SECONDS = 600;

/** A token as the authorization server would issue it to the principal at `now` (epoch ms), with changed claims. */
export async function ownToken(
  principal: Exclude<Principal, { kind: "anonymous" }>,
  change: Readonly<Record<string, unknown>> = {},
  now = START,
): Promise<string> {
  const { current } = await rememberSigningKeys().usable({
    now,
    settings: readSettings(env),
    database: openDatabase(env.DB),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  });
  const seconds = Math.floor(now / 1000);
  const clientId = principal.clientId ?? "demo-app";
  const claims = {
    iss: ORIGIN,
    aud: ORIGIN,
    sub: principal.kind === "service" ? clientId : principal.id,
    client_id: clientId,
    account: principal.id,
    iat: seconds,
    account_version: 1,
    client_version: 1,
    exp: seconds + LIFETIME_SECONDS,
    jti: crypto.randomUUID(),
    scope: principal.scopes.join(" "),
    roles: principal.roles,
    ...(principal.kind === "user"
      ? { auth_time: Math.floor((principal.authenticatedAt ?? now) / 1000), amr: ["pwd"] }
      : {}),
    ...change,
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: current.kid })
    .sign(await importJWK(current));
}
