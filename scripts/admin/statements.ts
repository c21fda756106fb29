/**
 * The SQL that creates the first administrators of a deployment. Later ones are created through the API. The SQL
 * contains only the hash of a secret.
 */
import { createHash, randomBytes } from "node:crypto";
import { makeId } from "#core/contract/identifier.ts";
import { ROLES, type Role } from "#core/contract/principal.ts";
import { writeClientSecret } from "#features/identity/clients/secrets.ts";
import { scopes } from "../../src/modules.ts";
import { literal } from "../seed/sql.ts";

export interface NewClient {
  readonly clientId: string;
  /** Shown once. */
  readonly secret: string;
  /** One transaction. */
  readonly sql: string;
}

/** A confidential client with all scopes and its own administrator account. `now` is epoch ms. */
export function newAdminClient(name: string, now: number): NewClient {
  const id = makeId("client", now, randomBytes(10));
  const account = makeId("user", now, randomBytes(10));
  const clientId = id.slice("client_".length);
  const secret = writeClientSecret(randomBytes(32));
  const hash = createHash("sha256").update(secret).digest("hex");
  const text = (value: string) => literal(value);
  const sql = [
    `INSERT INTO users (id, email, name, role, kind, created_at, updated_at) VALUES (${text(account)}, ${text(`${clientId}@service.invalid`)}, ${text(name)}, 'admin', 'service', ${now}, ${now});`,
    `INSERT INTO oauth_clients (id, client_id, name, type, account_id, secret_hash, grant_types, scopes, created_at, updated_at) VALUES (${text(id)}, ${text(clientId)}, ${text(name)}, 'confidential', ${text(account)}, ${text(hash)}, '["client_credentials"]', ${text(JSON.stringify(Object.keys(scopes)))}, ${now}, ${now});`,
  ].join(" ");
  return { clientId, secret, sql };
}

/** Changes the role of a person's account and revokes its access tokens. `now` is epoch ms. */
export function grantRole(email: string, role: Role, now: number): string {
  const whose = `email = ${literal(email)} AND kind = 'person' AND deleted_at IS NULL`;
  const soon = now + 3_600_000;
  return [
    `UPDATE users SET role = ${literal(role)}, version = version + 1, updated_at = max(updated_at, ${now}) WHERE ${whose} RETURNING id;`,
    `INSERT INTO revocations (kind, id, issued_before, expires_at) SELECT 'account', id, ${now + 1}, ${soon} FROM users WHERE ${whose};`,
  ].join(" ");
}

export function isRole(text: string): text is Role {
  return ROLES.some((role) => role === text);
}
