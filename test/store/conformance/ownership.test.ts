/** Ownership: for other callers a resource looks missing, byte for byte. Staff may read it but write only their own. */
import { beforeEach, describe, expect, it } from "vitest";
import { patching, READS, writes } from "../../conformance/attempts.ts";
import {
  ada,
  anton,
  bob,
  everythingStored,
  insertPeople,
  lastRoundTrips,
  NOBODY,
  serviceFor,
  stella,
} from "../../features/accounts/people.ts";
import { header, problemOf } from "../../support/requests.ts";
import { type Service, startService } from "../../support/service.ts";
import { addressId, home, insertHomes } from "../addresses/homes.ts";
import { emptyPeople } from "../support/people.ts";

const KINDS = [
  { kind: "users", foreign: `/v1/users/${bob.id}`, missing: `/v1/users/${NOBODY}` },
  { kind: "addresses", foreign: `/v1/addresses/${addressId(2)}`, missing: `/v1/addresses/${addressId(99)}` },
] as const;

beforeEach(async () => {
  await emptyPeople();
  await insertPeople(ada, bob, stella, anton);
  await insertHomes(home(1, ada.id), home(2, bob.id));
});

const patch = (headers: Record<string, string>) => patching(headers, '{"name":"Mine"}');
const WRITES = writes("name");

/** The whole response except the values that identify the request. */
async function shown(service: Service, path: string, init: RequestInit) {
  const response = await service.fetch(path, init);
  const own = ["x-correlation-id", "traceparent"];
  const text = await response.text();
  return {
    status: response.status,
    headers: [...response.headers].filter(([name]) => !own.includes(name)),
    body: text.replaceAll(header(response, "X-Correlation-Id"), "ID").replaceAll(path, "PATH"),
    roundTrips: lastRoundTrips(service),
  };
}

describe.each(KINDS)("$kind", ({ foreign, missing }) => {
  describe("G12 another user's resource equals a missing one in every byte and in its cost", () => {
    it.each([...READS, ...WRITES])("%s", async (_, init) => {
      const etag = header(await serviceFor(bob).fetch(foreign), "ETag");
      const before = await everythingStored();
      const service = serviceFor(ada);
      const theirs = await shown(service, foreign, init(etag));
      expect(theirs.status).toBe(404);
      expect(theirs).toEqual(await shown(service, missing, init(etag)));
      expect(await everythingStored()).toEqual(before);
    });

    it("a malformed id too, except that it costs no query", async () => {
      const malformed = foreign.replace(/_.*/, "_nonsense");
      const theirs = await shown(serviceFor(ada), foreign, {});
      const theOther = await shown(serviceFor(ada), malformed, {});
      expect({ ...theOther, roundTrips: 1 }).toEqual(theirs);
    });
  });

  describe("OWASP 5 staff may read another user's resource but not write it, with any precondition", () => {
    it.each(WRITES)("%s", async (_, init) => {
      const service = serviceFor(stella);
      const read = await service.fetch(foreign);
      expect(read.status).toBe(200);
      const before = await everythingStored();
      const response = await service.fetch(foreign, init(header(read, "ETag")));
      expect(response.status).toBe(403);
      expect(response.headers.get("ETag")).toBeNull();
      expect(await problemOf(response)).toMatchObject({ code: "FORBIDDEN" });
      expect(await everythingStored()).toEqual(before);
    });
  });

  it("J01 a request without a token, or with an invalid one, is 401 and learns nothing else", async () => {
    for (const [headers, code] of [
      [{}, undefined],
      [{ Authorization: "Bearer nonsense" }, "invalid_token"],
    ] as const) {
      for (const [, init] of [...READS, ...WRITES]) {
        const { headers: own, ...rest } = init('"a"');
        const response = await startService().fetch(foreign, {
          ...rest,
          headers: { ...own, ...headers } as HeadersInit,
        });
        expect(response.status).toBe(401);
        const challenge = header(response, "WWW-Authenticate");
        expect(challenge.includes("error=")).toBe(code !== undefined);
      }
    }
  });

  it.each([
    ["GET", ["orders:read"], "read"],
    ["PATCH", ["users:read", "addresses:read"], "write"],
    ["DELETE", ["users:read", "addresses:read"], "write"],
  ] as const)(
    "J01 %s with %j names the missing scope, and the response is the same for a missing resource",
    async (method, scopes, verb) => {
      const service = serviceFor(bob, { scopes });
      const init = method === "PATCH" ? patch({ "If-Match": "*" }) : { method, headers: { "If-Match": "*" } };
      const own = await shown(service, foreign, init);
      expect(own.status).toBe(403);
      expect(own.roundTrips).toBe(0);
      const challenge = own.headers.find(([name]) => name === "www-authenticate")?.[1];
      const resource = foreign.split("/")[2];
      expect(challenge).toContain(`error="insufficient_scope", scope="${resource}:${verb}"`);
      expect(await shown(service, missing, init)).toEqual(own);
    },
  );
});
