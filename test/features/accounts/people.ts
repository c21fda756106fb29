/** Accounts for tests: rows inserted directly into the database, and services that act as them. */
import { env } from "cloudflare:workers";
import type { Principal, Role } from "#core/contract/principal.ts";
import { scopesOf } from "#core/contract/scopes.ts";
import { scopes } from "../../support/modules.ts";
import { type Service, START, startService } from "../../support/service.ts";

type Known = Exclude<Principal, { kind: "anonymous" }>;

export interface Person {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: number;
}

/** A well-formed id that sorts by `number`. */
export function userId(number: number): string {
  return `user_01hk2nvj80e8ev3rx1${String(number).padStart(8, "0")}`;
}

export const ada = person(1, { email: "ada@example.com", name: "Ada Moreno" });
export const bob = person(2, { email: "bob@example.com", name: "Bob Fischer" });
export const stella = person(3, { email: "staff@example.com", name: "Stella Quist", role: "staff" });
export const anton = person(4, { email: "admin@example.com", name: "Anton Reyes", role: "admin" });
/** A well-formed id that no account has. @public */
export const NOBODY = userId(99_999_999);

export function person(number: number, change: Partial<Person> = {}): Person {
  return {
    id: userId(number),
    email: `person${number}@example.com`,
    name: `Person ${number}`,
    role: "customer",
    createdAt: START - 86_400_000 + number,
    ...change,
  };
}

/** The person's principal: all scopes that the role permits, signed in a minute ago. */
export function principalOf({ id, role }: Pick<Person, "id" | "role">, change: Partial<Known> = {}): Known {
  return {
    kind: "user",
    id,
    roles: [role],
    scopes: scopesOf(scopes, role),
    credential: "token",
    authenticatedAt: START - 60_000,
    methods: ["pwd"],
    ...change,
  };
}

export function serviceFor(who: Pick<Person, "id" | "role">, change: Partial<Known> = {}): Service {
  return startService({ as: principalOf(who, change) });
}

export async function insertPeople(...people: readonly Person[]): Promise<void> {
  for (let start = 0; start < people.length; start += 200) {
    await env.DB.batch(
      people
        .slice(start, start + 200)
        .map(({ id, email, name, role, createdAt }) =>
          env.DB.prepare(
            "INSERT INTO users (id, email, name, role, email_verified_at, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
          ).bind(id, email, name, role, createdAt, createdAt, createdAt),
        ),
    );
  }
}

/** Inserts the account of a service client. */
export async function insertServiceAccount(id: string): Promise<void> {
  await env.DB.prepare(
    "INSERT INTO users (id, email, name, role, kind, created_at, updated_at) VALUES (?, ?, 'A client', 'customer', 'service', 0, 0)",
  )
    .bind(id, `${id}@service.invalid`)
    .run();
}

/** Deletes all accounts and all that belongs to them. */
export async function emptyPeople(): Promise<void> {
  const tables = [
    "snapshots",
    "revocations",
    "credentials",
    "passkeys",
    "sign_ins",
    "mail_tokens",
    "api_keys",
    "oauth_artifacts",
    "users",
  ];
  await env.DB.batch(tables.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
}

export async function storedUser(id: string): Promise<Record<string, unknown> | null> {
  return env.DB.prepare("SELECT * FROM users WHERE id = ?").bind(id).first();
}

/** All rows of all tables, to prove that nothing was written or that nothing is left. */
export async function everythingStored(): Promise<Record<string, unknown[]>> {
  const { results: tables } = await env.DB.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%' AND name NOT LIKE 'd1_%' AND name NOT LIKE 'products_text%' ORDER BY name",
  ).all<{ name: string }>();
  const results = await env.DB.batch(tables.map(({ name }) => env.DB.prepare(`SELECT * FROM ${name}`)));
  return Object.fromEntries(tables.map(({ name }, index) => [name, results[index]?.results ?? []]));
}

export function lastRoundTrips({ logs }: Service): number {
  const line: { "db.round_trips": number } = JSON.parse(logs.at(-1) ?? "{}");
  return line["db.round_trips"];
}
