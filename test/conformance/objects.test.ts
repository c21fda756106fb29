/** Access rules of a single resource: a resource of another user looks missing, and unreadable fields are absent. */
import { beforeEach, describe, expect, it } from "vitest";
import type { Principal } from "#core/contract/principal.ts";
import { header, problemOf } from "../support/requests.ts";
import { type Service, startService } from "../support/service.ts";
import { patching, READS, writes } from "./attempts.ts";
import { ada, auditor, bob, both, type Notes, noteAbilities, startNotes } from "./notes.ts";

const OWN = "/v1/notes/1";
const FOREIGN = "/v1/notes/3";
const MISSING = "/v1/notes/9";

let notes: Notes;
let asAda: Service;
let asBob: Service;
let asAuditor: Service;

beforeEach(() => {
  notes = startNotes();
  asAda = serviceFor(ada);
  asBob = serviceFor(bob);
  asAuditor = serviceFor(auditor);
});

function serviceFor(as: Principal): Service {
  return startService({ as, extraEndpoints: notes.endpoints, extraAbilities: [noteAbilities] });
}

/** The response without the values that differ with each request. */
async function comparable(response: Response, path: string) {
  const own = ["x-correlation-id", "traceparent"];
  const text = await response.text();
  return {
    status: response.status,
    headers: [...response.headers].filter(([name]) => !own.includes(name)),
    body: text
      .replaceAll(header(response, "X-Correlation-Id"), "ID")
      .replaceAll(`"instance":"${path}"`, '"instance":"PATH"'),
  };
}

const patch = (headers: Record<string, string>) => patching(headers, '{"text":"Mine"}');
const WRITES = writes("text");

it("OWASP 1 the owner reads, changes and deletes a resource", async () => {
  const read = await asAda.fetch(OWN);
  expect(read.status).toBe(200);
  expect(await read.json()).toEqual({ id: "1", user_id: "user_ada", text: "Buy milk", secret: "s3cret" });
  const changed = await asAda.fetch(OWN, patch({ "If-Match": header(read, "ETag") }));
  expect(changed.status).toBe(200);
  expect(await changed.json()).toMatchObject({ text: "Mine" });
  const headers = { "If-Match": header(changed, "ETag") };
  expect((await asAda.fetch(OWN, { method: "DELETE", headers })).status).toBe(204);
  expect((await asAda.fetch(OWN)).status).toBe(404);
});

describe("OWASP 1 a resource of another user gets the same response as a missing one, byte for byte", () => {
  it.each([...READS, ...WRITES])("%s", async (_name, init) => {
    const etag = header(await asBob.fetch(FOREIGN), "ETag");
    const foreign = await comparable(await asAda.fetch(FOREIGN, init(etag)), FOREIGN);
    const missing = await comparable(await asAda.fetch(MISSING, init(etag)), MISSING);
    expect(foreign.status).toBe(404);
    expect(foreign).toEqual(missing);
    expect(notes.writes.count).toBe(0);
  });
});

describe("OWASP 1 a write without permission on a readable resource is 403, with any precondition", () => {
  it.each(WRITES)("%s", async (_name, init) => {
    const read = await asAuditor.fetch(OWN);
    expect(read.status).toBe(200);
    const response = await asAuditor.fetch(OWN, init(header(read, "ETag")));
    expect(response.status).toBe(403);
    expect(response.headers.get("ETag")).toBeNull();
    expect(await problemOf(response)).toMatchObject({ code: "FORBIDDEN" });
    expect(notes.writes.count).toBe(0);
  });
});

describe("OWASP 3 a field that the caller may not read", () => {
  it.each(["application/json", "application/hal+json", "application/vnd.api+json"])("is absent in %s", async (type) => {
    for (const path of [OWN, `${OWN}?fields=text,user_id`, "/v1/notes"]) {
      const text = await (await asAuditor.fetch(path, { headers: { Accept: type } })).text();
      expect(text).toContain("Buy milk");
      expect(text).not.toContain("secret");
      expect(text).not.toContain("s3cret");
    }
    expect(await (await asAda.fetch(OWN, { headers: { Accept: type } })).text()).toContain("s3cret");
  });

  it("is refused in `fields` like a field that does not exist", async () => {
    const refusalOf = async (name: string) => {
      const response = await asAuditor.fetch(`${OWN}?fields=id,${name}`);
      expect(response.status).toBe(400);
      return (await comparable(response, OWN)).body.replaceAll(name, "NAME");
    };
    expect(await refusalOf("secret")).toBe(await refusalOf("nonsense"));
    expect(await refusalOf("secret")).toContain('"allowed":["id","user_id","text"]');
  });

  it("is refused for this resource even if it is readable on another", async () => {
    const service = serviceFor(both);
    expect((await service.fetch(`${FOREIGN}?fields=secret`)).status).toBe(200);
    const response = await service.fetch(`${OWN}?fields=secret`);
    expect(response.status).toBe(400);
    expect(await problemOf(response)).toMatchObject({ errors: [{ parameter: "fields", code: "unknown-field" }] });
    const { data } = await (await service.fetch("/v1/notes?fields=secret")).json<{ data: unknown[] }>();
    expect(data).toEqual([{ id: "1" }, { id: "2" }, { id: "3", secret: "s3cret" }]);
  });
});

describe("C09 private responses", () => {
  it.each([OWN, "/v1/notes"])("%s has a different ETag for each caller, and Vary lists Authorization", async (path) => {
    const mine = await asAda.fetch(path);
    const theirs = await asAuditor.fetch(path);
    expect(header(mine, "ETag")).not.toBe(header(theirs, "ETag"));
    for (const response of [mine, theirs]) {
      expect(header(response, "Vary")).toBe("Accept, Authorization, Origin");
      expect(header(response, "Cache-Control")).toBe(
        path === OWN ? "private, no-cache, no-transform" : "private, no-cache",
      );
    }
    const headers = { "If-None-Match": header(mine, "ETag") };
    expect((await asAda.fetch(path, { headers })).status).toBe(304);
    expect((await asAuditor.fetch(path, { headers })).status).toBe(200);
  });

  it("have the same ETag for every token of an account", async () => {
    const other = serviceFor({ ...ada, scopes: ["another"] } as Principal); // Ada, with another token
    expect(header(await other.fetch(OWN), "ETag")).toBe(header(await asAda.fetch(OWN), "ETag"));
  });

  it("C05 to writes have the ETag of the next read", async () => {
    const changed = await asAda.fetch(OWN, patch({ "If-Match": "*" }));
    const read = await asAda.fetch(OWN);
    expect(header(changed, "ETag")).toBe(header(read, "ETag"));
    expect(header(changed, "Vary")).toBe(header(read, "Vary"));
    const stale = await asAda.fetch(OWN, patch({ "If-Match": '"a"' }));
    expect(stale.status).toBe(412);
    expect(header(stale, "ETag")).toBe(header(read, "ETag"));
  });
});

describe("C10 a write that loses a race after its precondition passed", () => {
  const change = (id: string, text: string) => {
    const found = notes.stored.get(id);
    if (found === undefined) throw new Error("no note");
    notes.stored.set(id, { note: { ...found.note, text }, version: found.version + 1 });
  };

  it.each(["PATCH", "DELETE"])("%s gets 412 with the current ETag", async (method) => {
    notes.race = () => change("1", "Faster");
    const response = await asAda.fetch(
      OWN,
      method === "PATCH" ? patch({ "If-Match": "*" }) : { method, headers: { "If-Match": "*" } },
    );
    expect(response.status).toBe(412);
    expect(header(response, "ETag")).toBe(header(await asAda.fetch(OWN), "ETag"));
    expect(notes.writes.count).toBe(0);
  });

  it("gets 404 if the resource was deleted or changed its owner", async () => {
    notes.race = () => notes.stored.delete("1");
    expect((await asAda.fetch(OWN, patch({ "If-Match": "*" }))).status).toBe(404);
    const second = notes.stored.get("2");
    if (second === undefined) throw new Error("no note");
    notes.race = () => notes.stored.set("2", { note: { ...second.note, user_id: "user_bob" }, version: 2 });
    const response = await asAda.fetch("/v1/notes/2", patch({ "If-Match": "*" }));
    expect(response.status).toBe(404);
    expect(response.headers.get("ETag")).toBeNull();
  });
});
