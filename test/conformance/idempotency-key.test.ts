/** `Idempotency-Key`: its syntax, and the response to the same request sent again. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ORIGIN } from "../support/service.ts";
import {
  ada,
  codeOf,
  crashAt,
  idOf,
  isReplay,
  type Known,
  key,
  PATH,
  post,
  start,
  tickets,
  useNewAccount,
} from "./keyed-tickets.ts";
import { countTickets, createTicketsTable } from "./tickets.ts";

beforeAll(createTicketsTable);

beforeEach(useNewAccount);

describe("the key", () => {
  it("A01 is required where the operation must not happen twice", async () => {
    const init = post();
    const { "Idempotency-Key": _, ...headers } = init.headers as Record<string, string>; // post() creates them
    const response = await start().fetch(PATH, { ...init, headers });
    expect(response.headers.get("Link")).toBe(`<${ORIGIN}/docs>; rel="describedby"`);
    expect(await codeOf(response)).toBe("400 IDEMPOTENCY_KEY_MISSING");
    expect(await tickets()).toBe(0);
  });

  it("A02 is the same quoted and bare, with any parameters", async () => {
    const service = start();
    const first = await idOf(await service.fetch(PATH, post()));
    for (const spelling of [`"${key}"`, `"${key}";x=1`, `${key};x=1`, ` ${key} `]) {
      const again = await service.fetch(PATH, post(undefined, { "Idempotency-Key": spelling }));
      expect([isReplay(again), await idOf(again)], spelling).toEqual([true, first]);
    }
    expect(await tickets()).toBe(1);
  });

  it.each(["", '""', "x".repeat(256), "a b", '"a\tb"', "schl\u00fcssel", '"k', "a,b", '"a", "b"'])(
    "A03 is refused if it is %j",
    async (spelling) => {
      const response = await start().fetch(PATH, post(undefined, { "Idempotency-Key": spelling }));
      expect(await codeOf(response)).toBe("400 IDEMPOTENCY_KEY_INVALID");
      expect(await tickets()).toBe(0);
    },
  );

  it("A03 is refused if there are two", async () => {
    const headers = new Headers({ "Content-Type": "application/json" });
    headers.append("Idempotency-Key", "a");
    headers.append("Idempotency-Key", "b");
    expect(await codeOf(await start().fetch(PATH, { ...post(), headers }))).toBe("400 IDEMPOTENCY_KEY_INVALID");
  });

  it("0 A03 is refused before the precondition is checked", async () => {
    const service = start();
    const ticket = `${PATH}/${await idOf(await service.fetch(PATH, post()))}`;
    const headers = { "Content-Type": "application/merge-patch+json", "If-Match": '"x"', "Idempotency-Key": '""' };
    const response = await service.fetch(ticket, { ...post({ text: "Fixed" }, headers), method: "PATCH" });
    expect(await codeOf(response)).toBe("400 IDEMPOTENCY_KEY_INVALID");
  });

  it("0 A03 is refused after the media type and before the body", async () => {
    const bad = { "Idempotency-Key": '""' };
    expect((await start().fetch(PATH, post("{", { ...bad, "Content-Type": "text/plain" }))).status).toBe(415);
    expect(await codeOf(await start().fetch(PATH, post("{", bad)))).toBe("400 IDEMPOTENCY_KEY_INVALID");
  });
});

describe("the same request again", () => {
  it("A04 A05 gets the first response, with new headers of the exchange", async () => {
    const service = start();
    const first = await service.fetch(PATH, post());
    expect([first.status, first.headers.has("Idempotent-Replayed")]).toEqual([201, false]);
    const body = await first.text();
    service.advance(61_000);
    const again = await service.fetch(PATH, post(undefined, { "X-Correlation-Id": "the-second" }));
    expect([again.status, isReplay(again), await again.text()]).toEqual([201, true, body]);
    for (const name of ["Location", "Content-Type", "ETag", "Last-Modified", "Cache-Control", "Vary"])
      expect(again.headers.get(name), name).toBe(first.headers.get(name));
    for (const name of ["Date", "X-Correlation-Id", "traceparent"])
      expect(again.headers.get(name), name).not.toBe(first.headers.get(name));
    expect(again.headers.get("X-Correlation-Id")).toBe("the-second");
    expect(again.headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(await tickets()).toBe(1);
  });

  it("A06 with another body or query is refused, and the first response stays stored", async () => {
    const service = start();
    const first = await idOf(await service.fetch(PATH, post()));
    expect(await codeOf(await service.fetch(PATH, post({ text: "Other" })))).toBe("422 IDEMPOTENCY_KEY_REUSED");
    expect(await codeOf(await service.fetch(`${PATH}?urgent=1`, post()))).toBe("422 IDEMPOTENCY_KEY_REUSED");
    expect(await idOf(await service.fetch(PATH, post()))).toBe(first);
    expect(await tickets()).toBe(1);
  });

  it("A07 is independent for another principal and on another path", async () => {
    const bob: Known = { ...ada, id: `${ada.id}bob` };
    const first = await start().fetch(PATH, post());
    const foreign = await start({ as: bob }).fetch(PATH, post());
    expect([foreign.status, isReplay(foreign)]).toEqual([201, false]);
    const [own, other] = [await idOf(first), await idOf(foreign)];
    expect(other).not.toBe(own);
    const closed = await start().fetch(`${PATH}/${own}/close`, { method: "POST", headers: { "Idempotency-Key": key } });
    expect([closed.status, isReplay(closed)]).toEqual([200, false]);
    expect([await tickets(), await countTickets(bob.id)]).toEqual([1, 1]);
  });

  it("A08 is recognized with other JSON formatting and another token", async () => {
    const first = await idOf(await start().fetch(PATH, post('{"text":"Broken"}')));
    const renewed = start({ as: { ...ada, clientId: "another", authenticatedAt: 1 } });
    for (const body of ['{ "text" : "Broken" }\n', '{"\\u0074ext":"Brok\\u0065n"}']) {
      const again = await renewed.fetch(PATH, post(body));
      expect([isReplay(again), await idOf(again)]).toEqual([true, first]);
    }
  });

  it("A09 sent 20 times at once runs once, and the others get the replay or 409", async () => {
    const service = start();
    const responses = await Promise.all(Array.from({ length: 20 }, () => service.fetch(PATH, post())));
    const waiting = responses.filter(({ status }) => status === 409);
    expect(responses.filter((response) => response.status === 201 && !isReplay(response))).toHaveLength(1);
    expect(responses.filter((response) => response.status === 201 && isReplay(response)).length + waiting.length).toBe(
      19,
    );
    for (const response of waiting) {
      expect(response.headers.get("Retry-After")).toBe("1");
      expect(await codeOf(response)).toBe("409 IDEMPOTENCY_IN_PROGRESS");
    }
    expect(await tickets()).toBe(1);
  });

  it("A10 with another body is refused as different while the first request runs", async () => {
    await crashAt("before-batch");
    expect(await codeOf(await start().fetch(PATH, post()))).toBe("409 IDEMPOTENCY_IN_PROGRESS");
    expect(await codeOf(await start().fetch(PATH, post({ text: "Other" })))).toBe("422 IDEMPOTENCY_KEY_REUSED");
  });
});
