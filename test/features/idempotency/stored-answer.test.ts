import { describe, expect, it } from "vitest";
import {
  MAX_STORED_BYTES,
  markReplayed,
  openAnswer,
  replayOf,
  sealAnswer,
  storedAnswerOf,
} from "#features/idempotency/stored-answer.ts";

const SECRET = "a secret of the test suite, 32+ characters";
const IV = new Uint8Array(12).fill(7);

const response = () =>
  new Response('{"id":"ord_1"}', {
    status: 201,
    headers: {
      "Content-Type": "application/json",
      ETag: '"v1"',
      Location: "https://api.example.test/v1/orders/ord_1",
      "Set-Cookie": "a=b",
      Date: "Sat, 31 Jan 2026 12:00:00 GMT",
      "X-Correlation-Id": "abc",
      traceparent: "00-1-2-01",
      "X-RateLimit-Remaining": "3",
      Authorization: "Bearer x",
    },
  });

describe("a stored response", () => {
  it("has the status, the body and the listed headers only", async () => {
    const stored = await storedAnswerOf(response(), undefined);
    expect(stored).toEqual({
      status: 201,
      body: '{"id":"ord_1"}',
      headers: [
        ["Content-Type", "application/json"],
        ["ETag", '"v1"'],
        ["Location", "https://api.example.test/v1/orders/ord_1"],
      ],
    });
  });

  it("leaves the response readable", async () => {
    const given = response();
    await storedAnswerOf(given, undefined);
    expect(await given.text()).toBe('{"id":"ord_1"}');
  });

  it("is replayed unchanged, with the marker header", async () => {
    const about = { members: { id: "ord_1" }, action: "create", fields: ["id"] };
    const stored = await storedAnswerOf(response(), about);
    if (stored === undefined) throw new Error("the response was not stored");
    const opened = await openAnswer(SECRET, "hash", await sealAnswer(SECRET, "hash", stored, IV));
    expect(opened).toEqual({ ...stored, about });
    const replay = replayOf(stored);
    expect([replay.status, await replay.text()]).toEqual([201, '{"id":"ord_1"}']);
    expect(replay.headers.get("Idempotent-Replayed")).toBe("true");
  });

  it("without content is replayed without content", async () => {
    const stored = await storedAnswerOf(new Response(null, { status: 204 }), undefined);
    expect(stored).toEqual({ status: 204, headers: [], body: null });
    expect(stored && replayOf(stored).status).toBe(204);
  });

  it("is missing if the body is too large", async () => {
    const long = (length: number) => storedAnswerOf(new Response("x".repeat(length)), undefined);
    expect(await long(MAX_STORED_BYTES)).toBeDefined();
    expect(await long(MAX_STORED_BYTES + 1)).toBeUndefined();
  });

  it("is encrypted, and opens only with its record hash and secret", async () => {
    const stored = { status: 200, headers: [], body: "a secret body" };
    const sealed = await sealAnswer(SECRET, "hash", stored, IV);
    expect(new TextDecoder().decode(sealed)).not.toContain("secret body");
    expect(await openAnswer(SECRET, "hash", sealed)).toEqual(stored);
    expect(await openAnswer(SECRET, "other", sealed)).toBeUndefined();
    expect(await openAnswer(`${SECRET}!`, "hash", sealed)).toBeUndefined();
    const altered = sealed.slice();
    altered[20] = (altered[20] ?? 0) ^ 1;
    expect(await openAnswer(SECRET, "hash", altered)).toBeUndefined();
    expect(await openAnswer(SECRET, "hash", new Uint8Array(3))).toBeUndefined();
  });

  it("is marked, also without content", () => {
    expect(markReplayed(new Response(null, { status: 204 })).headers.get("Idempotent-Replayed")).toBe("true");
  });
});
