/**
 * Calls every operation as every kind of caller, with real tokens. The service refuses and hides exactly what the
 * access rules say. New operations are included automatically.
 */
import { beforeAll, describe, expect, it } from "vitest";
import type { Endpoint } from "#core/contract/endpoint.ts";
import { makeId } from "#core/contract/identifier.ts";
import type { Principal } from "#core/contract/principal.ts";
import { LIVENESS_PATH } from "#features/health/liveness.ts";
import { createAuthenticator } from "#features/identity/authenticate.ts";
import document from "#schema/openapi/openapi.json";
import {
  CALLERS,
  FOREIGN_OWNER,
  NOW,
  type Outcome,
  type Ownership,
  objectOf,
  outcomeOf,
} from "../../../scripts/generate/access-matrix.ts";
import { abilities, endpoints, scopes } from "../../../src/modules.ts";
import { domains } from "../../support/domain-fixtures.ts";
import { ownToken } from "../../support/own-tokens.ts";
import { freshId, run } from "../../support/rows.ts";
import { START, startService } from "../../support/service.ts";

type Known = Exclude<Principal, { kind: "anonymous" }>;

const people = CALLERS.filter(({ principal }) => principal.kind !== "anonymous");
const service = startService({
  dependencies: { authenticate: createAuthenticator(async () => new Response(null, { status: 500 })) },
});

/** Creates an object of the collection that belongs to `owner`, and returns its id. */
const FIXTURES: Readonly<Record<string, (owner: string) => Promise<string>>> = {
  ...domains.objects,
  users: async (owner) => owner,
  async api_keys(owner) {
    const id = freshId("key");
    await run(
      "INSERT INTO api_keys (id, user_id, name, hint, secret_hash, scopes, created_at, updated_at) VALUES (?, ?, 'A', 'sluice_aaaaa', ?, '[\"users:read\"]', 0, 0)",
      id,
      owner,
      id,
    );
    return id;
  },
  async oauth_clients() {
    const id = freshId("client");
    await run(
      "INSERT INTO oauth_clients (id, client_id, name, type, secret_hash, grant_types, scopes, created_at, updated_at) VALUES (?, ?, 'A', 'confidential', 'h', '[\"client_credentials\"]', '[\"users:read\"]', 0, 0)",
      id,
      id,
    );
    return id;
  },
};

beforeAll(async () => {
  const accounts = [
    ...people.map(({ principal }) => principal as Known),
    { id: FOREIGN_OWNER, roles: ["customer"], kind: "user" },
  ]; // every caller except the anonymous one has an account
  for (const clientId of ["demo-app", "demo-service"]) {
    await run(
      "INSERT INTO oauth_clients (id, client_id, name, type, grant_types, scopes, created_at, updated_at) VALUES (?, ?, 'A', 'public', '[\"authorization_code\"]', '[\"users:read\"]', 0, 0)",
      makeId("client", START, crypto.getRandomValues(new Uint8Array(10))),
      clientId,
    );
  }
  for (const { id, roles, kind } of accounts) {
    await run(
      "INSERT INTO users (id, email, name, role, kind, created_at, updated_at) VALUES (?, ?, 'A', ?, ?, 0, 0)",
      id,
      `${id}@example.com`,
      roles[0],
      kind === "service" ? "service" : "person",
    );
  }
  await domains.prepare(FOREIGN_OWNER);
});

// Deletions of accounts run last, because later requests need the accounts.
const ordered = [...endpoints].sort((a, b) => rank(a) - rank(b));
function rank({ contract }: Endpoint): number {
  if (contract.method !== "DELETE") return 0;
  return contract.path.startsWith("/v1/users/") ? 2 : 1;
}

const cells = ordered.flatMap((endpoint) => {
  const object = objectOf(endpoint, endpoints);
  const ownerships: readonly Ownership[] = object?.owner === undefined ? ["foreign"] : ["foreign", "own"];
  return CALLERS.flatMap(({ name, principal }) =>
    ownerships
      .filter((ownership) => ownership === "foreign" || principal.kind !== "anonymous")
      .map((ownership) => ({
        name: `${endpoint.contract.method} ${endpoint.contract.path} by ${name}${object?.owner === undefined ? "" : `, ${ownership}`}`,
        endpoint,
        principal,
        ownership,
        outcome: outcomeOf(endpoint, object, principal, ownership, abilities),
      })),
  );
});

describe("G12 an object of another account", () => {
  const hidden = cells.filter(({ outcome }) => outcome === 404);

  it.each(hidden)("$name: equals a missing object, byte for byte", async ({ endpoint, principal, ownership }) => {
    const id = await objectIdFor(endpoint, principal, ownership);
    const missing = `${id.slice(0, id.indexOf("_"))}_7zzzzzzzzzzzzzzzzzzzzzzzzz`;
    const [hiddenResponse, missingResponse] = await Promise.all(
      [id, missing].map(async (each) => {
        const response = await call(endpoint, each, {
          ...(await credentialsOf(principal)),
          "X-Correlation-Id": "same",
        });
        // The trace and the bookmark depend on the time of the request, not on the object.
        const headers = [...response.headers].filter(([name]) => name !== "traceparent" && name !== "x-bookmark");
        return { status: response.status, headers, body: (await response.text()).replaceAll(each, "ID") };
      }),
    );
    expect(hiddenResponse).toEqual(missingResponse);
    expect(hiddenResponse?.status).toBe(404);
  });
});

const BAD: Readonly<Record<string, () => Promise<string>>> = {
  expired: () => ownToken(customer(), {}, START - 3_600_000),
  "of another audience": () => ownToken(customer(), { aud: "https://other.example" }),
  "of another issuer": () => ownToken(customer(), { iss: "https://other.example" }),
  forged: async () => `${(await ownToken(customer())).slice(0, -6)}AAAAAA`,
};

describe.each(Object.entries(BAD))("J02 a token that is %s", (_, make) => {
  it.each(ordered.map((endpoint) => ({ name: `${endpoint.contract.method} ${endpoint.contract.path}`, endpoint })))(
    "gets 401 from $name, or 200 from the liveness check",
    async ({ endpoint }) => {
      const id = await objectIdFor(endpoint, customer(), "own");
      const response = await call(endpoint, id, { Authorization: `Bearer ${await make()}` });
      expect(response.status).toBe(endpoint.contract.path === LIVENESS_PATH ? 200 : 401);
      if (response.status === 401) expect(response.headers.get("WWW-Authenticate")).toContain('error="invalid_token"');
    },
  );
});

// Runs last: the token of an account that has deleted itself is no longer valid.
describe("J01 access by operation and caller", () => {
  it.each(cells)("$name: $outcome", async ({ endpoint, principal, ownership, outcome }) => {
    const id = await objectIdFor(endpoint, principal, ownership);
    const response = await call(endpoint, id, await credentialsOf(principal));
    expectOutcome(endpoint, response.status, outcome);
  });
});

function customer(): Known {
  const caller = CALLERS.find(({ name }) => name === "customer");
  return caller?.principal as Known; // this caller exists and has an account
}

async function credentialsOf(principal: Principal): Promise<Record<string, string>> {
  return principal.kind === "anonymous" ? {} : { Authorization: `Bearer ${await ownToken(principal)}` };
}

async function objectIdFor(endpoint: Endpoint, principal: Principal, ownership: Ownership): Promise<string> {
  const object = objectOf(endpoint, endpoints);
  if (object === undefined) return "";
  const make = FIXTURES[object.collection] ?? ((owner) => createOverHttp(object.collection, owner));
  return make(ownership === "own" && principal.kind !== "anonymous" ? principal.id : FOREIGN_OWNER);
}

/** Without a fixture, the owner creates the object with the example of the operation. */
async function createOverHttp(collection: string, owner: string): Promise<string> {
  const creates = endpoints.find(
    ({ contract: { method, success } }) =>
      method === "POST" &&
      success.kind === "resource" &&
      success.status === 201 &&
      success.resource.collection === collection,
  );
  const body = creates?.contract.body;
  if (creates === undefined || body?.kind !== "json") throw new Error(`no fixture for ${collection}`);
  const roles = ["customer", "staff", "admin"];
  const principal: Known = { kind: "user", id: owner, roles, scopes: Object.keys(scopes), credential: "token" };
  const response = await startService({ as: principal }).fetch(creates.contract.path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body.example),
  });
  expect(response.status, await response.clone().text()).toBe(201);
  return (await response.json<{ id: string }>()).id;
}

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly example?: unknown;
  readonly schema: { readonly example?: unknown };
}

function call({ contract, policy }: Endpoint, id: string, credentials: Record<string, string>): Promise<Response> {
  const { method, body } = contract;
  const operations = document.paths as unknown as Record<
    string,
    Record<string, { readonly parameters?: readonly Parameter[] }>
  >; // the JSON has the shape of an OpenAPI document
  const parameters = operations[contract.path]?.[method.toLowerCase()]?.parameters ?? [];
  const path = contract.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const parameter = parameters.find((candidate) => candidate.in === "path" && candidate.name === name);
    return name === "id" ? id : String(parameter?.example ?? parameter?.schema.example ?? "x");
  });
  const headers: Record<string, string> = { ...credentials };
  if (policy.precondition === "required") headers["If-Match"] = "*";
  if (policy.idempotency === "required") headers["Idempotency-Key"] = freshId("key");
  if (body === undefined) return service.fetch(path, { method, headers });
  const isForm = body.kind === "form";
  headers["Content-Type"] = isForm
    ? "application/x-www-form-urlencoded"
    : body.kind === "patch"
      ? "application/merge-patch+json"
      : "application/json";
  const content = body.kind === "patch" ? body.mergeExample : body.example;
  const sent = isForm ? new URLSearchParams(content as Record<string, string>).toString() : JSON.stringify(content); // fields of a form are text
  return service.fetch(path, { method, headers, body: sent });
}

function expectOutcome({ contract }: Endpoint, status: number, outcome: Outcome): void {
  if (outcome !== "served") {
    expect(status).toBe(outcome);
    return;
  }
  expect(status).not.toBe(401);
  // A form also needs its token, and the page or redirect target may not exist.
  if (contract.body?.kind === "form" || contract.success.kind === "document" || contract.success.kind === "redirect")
    return;
  expect([403, 404]).not.toContain(status);
  expect(status).toBeLessThan(500);
}

it("0 uses the same time as the access rules", () => {
  expect(NOW).toBe(START);
});
