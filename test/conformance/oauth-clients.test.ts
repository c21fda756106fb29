/** OAuth clients over HTTP: caller may manage them, and which tokens end when they are deleted or restricted. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { Principal } from "#core/contract/principal.ts";
import { ada, admin, post, staff } from "../features/credentials/api-keys/keys.ts";
import {
  APP,
  MISSING,
  makeClient,
  openAdministration,
  SERVICE,
  WEB,
} from "../features/credentials/oauth-clients/clients.ts";
import { ownToken } from "../support/own-tokens.ts";
import { header, JSON_PATCH, MERGE_PATCH, patch } from "../support/requests.ts";
import { type Service, START, startService } from "../support/service.ts";

const HOUR_MS = 3_600_000;

let asAdmin: Service;

beforeEach(async () => {
  asAdmin = await openAdministration();
});

async function stateOf(): Promise<unknown> {
  return (await env.DB.prepare("SELECT * FROM oauth_clients ORDER BY seq").all()).results;
}

const OPERATIONS: readonly [string, number, (path: string) => [string, RequestInit]][] = [
  ["list", 200, () => ["/v1/oauth-clients", {}]],
  ["create", 201, () => ["/v1/oauth-clients", json(WEB)]],
  ["read", 200, (path) => [path, {}]],
  ["change", 200, (path) => [path, mergePatch({ name: "Other" })]],
  ["rotate the secret of", 200, (path) => [`${path}/rotate-secret`, json({})]],
  ["delete", 204, (path) => [path, { method: "DELETE", headers: { "If-Match": "*" } }]],
];

describe("OWASP 5 OAuth clients", () => {
  const refused: readonly [string, Principal | undefined, number][] = [
    ["an anonymous caller", undefined, 401],
    ["a customer", ada, 403],
    ["staff", staff, 403],
    ["staff with an admin's scope", { ...staff, scopes: admin.scopes }, 403],
    ["an admin without the scope", { ...admin, scopes: staff.scopes }, 403],
    ["an admin caller signed in 12 hours ago", { ...admin, authenticatedAt: START - 12 * HOUR_MS - 1 }, 403],
    ["an admin without a sign-in time", withoutSignIn(admin), 403],
    ["an admin's API key", { ...admin, credential: "api-key" }, 403],
    ["an admin service's API key", { ...admin, kind: "service", credential: "api-key" }, 403],
  ];

  it.each(
    refused.flatMap(([caller, as, status]) =>
      OPERATIONS.map(([name, , of]) => [caller, name, as, status, of] as const),
    ),
  )("%s may not %s them", async (_caller, _name, as, status, of) => {
    const { path } = await makeClient(asAdmin);
    const before = await stateOf();
    const service = startService(as === undefined ? {} : { as });
    const [target, init] = of(path);
    const response = await service.fetch(target, init);
    expect(response.status).toBe(status);
    // A client that does not exist gets the same response.
    const [nowhere] = of(MISSING);
    expect((await service.fetch(nowhere, init)).status).toBe(status);
    expect(await stateOf()).toEqual(before);
  });

  it.each(OPERATIONS)(
    "an admin caller signed in within 12 hours, and an admin service, may %s them",
    async (_, status, of) => {
      for (const as of [
        { ...admin, authenticatedAt: START - 12 * HOUR_MS },
        { ...withoutSignIn(admin), kind: "service" as const },
      ]) {
        const { path } = await makeClient(asAdmin);
        expect((await startService({ as }).fetch(...of(path))).status).toBe(status);
      }
    },
  );

  it("an admin whose token lacks only the scope gets a challenge with its name", async () => {
    const service = startService({ as: { ...admin, scopes: staff.scopes } });
    const response = await service.fetch("/v1/oauth-clients");
    expect(header(response, "WWW-Authenticate")).toContain('scope="admin"');
  });
});

describe("G12 a client that does not exist", () => {
  it.each(OPERATIONS.filter(([name]) => name !== "list" && name !== "create"))("%s: 404", async (_, __, of) => {
    expect((await asAdmin.fetch(...of(MISSING))).status).toBe(404);
    expect((await asAdmin.fetch(...of("/v1/oauth-clients/demo-app"))).status).toBe(404);
  });
});

describe("I04 read-only members of an OAuth client", () => {
  it.each(["id", "client_id", "account_id", "secret_hash", "client_secret", "created_at", "version"])(
    "%s cannot be set by POST, merge patch or JSON Patch",
    async (name) => {
      const { path } = await makeClient(asAdmin, SERVICE);
      const before = await stateOf();
      const value = "user_01hzz0000000000000000000dd";
      const match = { "If-Match": "*" };
      const responses = [
        await post(asAdmin, "/v1/oauth-clients", { ...WEB, [name]: value }),
        await patch(asAdmin, path, MERGE_PATCH, { [name]: value }, match),
        await patch(asAdmin, path, JSON_PATCH, [{ op: "add", path: `/${name}`, value }], match),
      ];
      for (const response of responses) expect(response.status).toBe(422);
      expect(await stateOf()).toEqual(before);
    },
  );
});

describe("C04 a write to an OAuth client", () => {
  it("requires If-Match with the current ETag", async () => {
    const { path, etag } = await makeClient(asAdmin);
    expect((await patch(asAdmin, path, MERGE_PATCH, { name: "B" }, {})).status).toBe(428);
    expect((await asAdmin.fetch(path, { method: "DELETE" })).status).toBe(428);
    expect((await patch(asAdmin, path, MERGE_PATCH, { name: "B" }, { "If-Match": etag })).status).toBe(200);
    expect((await asAdmin.fetch(path, { method: "DELETE", headers: { "If-Match": etag } })).status).toBe(412);
  });
});

describe("J01 the access tokens of a client", () => {
  const permits = async (service: Service, token: string) =>
    (await service.fetch("/v1/users/me", { headers: { Authorization: `Bearer ${token}` } })).status;

  it("are refused at once after it is deleted; those of other clients are not", async () => {
    const service = startService();
    const { client, path } = await makeClient(asAdmin, APP);
    const { client: other } = await makeClient(asAdmin, APP);
    const token = await ownToken({ ...ada, clientId: client.client_id });
    const otherToken = await ownToken({ ...ada, clientId: other.client_id });
    expect(await permits(service, token)).toBe(200);
    await asAdmin.fetch(path, { method: "DELETE", headers: { "If-Match": "*" } });
    expect(await permits(service, token)).toBe(401);
    expect(await permits(service, otherToken)).toBe(200);
  });

  it("are refused after its scopes are reduced; new ones are accepted", async () => {
    const service = startService();
    const { client, path } = await makeClient(asAdmin, APP);
    const token = await ownToken({ ...ada, clientId: client.client_id });
    await patch(asAdmin, path, MERGE_PATCH, { scopes: ["comments:read"] }, { "If-Match": "*" });
    expect(await permits(service, token)).toBe(401);
    const later = await ownToken({ ...ada, clientId: client.client_id }, { client_version: 2 });
    expect(await permits(service, later)).toBe(200);
  });
});

it("K04 no secret is in the log, in a read or in an error", async () => {
  const { client, path } = await makeClient(asAdmin);
  const rotated = await (await post(asAdmin, `${path}/rotate-secret`, {})).json<{ client_secret: string }>();
  const secrets = [client.client_secret ?? "none", rotated.client_secret];
  const texts: string[] = [];
  for (const target of [path, "/v1/oauth-clients", `${path}?fields=id,name`]) {
    for (const accept of ["application/json", "application/hal+json", "application/vnd.api+json"]) {
      texts.push(await (await asAdmin.fetch(target, { headers: { Accept: accept } })).text());
    }
  }
  texts.push(await (await patch(asAdmin, path, MERGE_PATCH, { name: "Other" }, { "If-Match": "*" })).text());
  texts.push(await (await asAdmin.fetch(`${path}?fields=secret_hash`)).text(), ...asAdmin.logs);
  for (const text of texts) for (const secret of secrets) expect(text).not.toContain(secret);
});

function withoutSignIn({ authenticatedAt: _, methods: __, ...principal }: typeof admin): typeof admin {
  return principal;
}

function json(body: unknown): RequestInit {
  return { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

function mergePatch(body: unknown): RequestInit {
  return { method: "PATCH", headers: { "Content-Type": MERGE_PATCH, "If-Match": "*" }, body: JSON.stringify(body) };
}

describe("JSON:API", () => {
  const JSON_API = "application/vnd.api+json";

  interface Resource {
    readonly type: string;
    readonly attributes: Readonly<Record<string, unknown>>;
  }

  async function read<Data = Resource>(path: string): Promise<{ readonly data: Data }> {
    const response = await asAdmin.fetch(path, { headers: { Accept: JSON_API } });
    expect(response.status, path).toBe(200);
    return response.json();
  }

  it("E10 renames the member `type` of an OAuth client, also in `fields[oauth_clients]`", async () => {
    const { path } = await makeClient(asAdmin, WEB);
    await makeClient(asAdmin, SERVICE);
    const { data } = await read(path);
    expect(data.type).toBe("oauth_clients");
    expect(data.attributes).not.toHaveProperty("type");
    expect(data.attributes).toMatchObject({ oauth_client_type: WEB.type, name: WEB.name });
    const list = await read<readonly Resource[]>("/v1/oauth-clients?fields[oauth_clients]=oauth_client_type");
    expect(list.data).toHaveLength(2);
    for (const { attributes } of list.data) expect(Object.keys(attributes)).toEqual(["oauth_client_type"]);
    const refused = await asAdmin.fetch(`${path}?fields[oauth_clients]=type`, { headers: { Accept: JSON_API } });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      errors: [{ parameter: "fields[oauth_clients]", code: "unknown-field" }],
    });
    // The parameter `fields` uses the names of the JSON members.
    expect(Object.keys((await read(`${path}?fields=type`)).data.attributes)).toEqual(["oauth_client_type"]);
    const plain = await (await asAdmin.fetch(path)).json<{ type: string }>();
    expect(plain.type).toBe(WEB.type);
  });
});
