/** Times in requests: every form of RFC 3339 is accepted, and responses use one form. */
import { beforeEach, describe, expect, it } from "vitest";
import { header, JSON_PATCH, MERGE_PATCH, patch } from "../../../support/requests.ts";
import { type Service, startService } from "../../../support/service.ts";
import { ada, INPUT, makeKey, openAccounts, post } from "./keys.ts";

let asAda: Service;

beforeEach(async () => {
  await openAccounts();
  asAda = startService({ as: ada });
});

/** Spellings of one instant, and the form that responses use. */
const INSTANT = "2026-06-01T00:00:00.000Z";
const SPELLINGS = [
  "2026-06-01T00:00:00.000Z",
  "2026-06-01T00:00:00Z",
  "2026-06-01t00:00:00z",
  "2026-06-01 00:00:00Z",
  "2026-06-01T00:00:00-00:00",
  "2026-06-01T02:00:00+02:00",
  "2026-05-31T18:30:00.0-05:30",
  `2026-06-01T00:00:00.${"0".repeat(60)}9Z`,
  "2026-05-31T23:59:60Z",
];

describe("a time in a request", () => {
  it.each(SPELLINGS)("in the form %s is returned in the canonical form", async (expires_at) => {
    const { key } = await makeKey(asAda, { expires_at });
    expect(key.expires_at).toBe(INSTANT);
    const { path, etag } = await makeKey(asAda, { expires_at: INSTANT });
    const patches: [string, unknown][] = [
      [MERGE_PATCH, { expires_at }],
      [JSON_PATCH, [{ op: "replace", path: "/expires_at", value: expires_at }]],
    ];
    for (const [type, body] of patches) {
      const response = await patch(asAda, path, type, body, { "If-Match": etag });
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ expires_at: INSTANT });
      // It is the same instant, so the key is unchanged.
      expect(header(response, "ETag")).toBe(etag);
    }
  });

  it.each([
    "2026-02-30T00:00:00Z",
    "2026-06-01T24:00:00Z",
    "2026-06-01T00:00:00",
    "2026-06-01",
    "2026-06-01T00:00:00+0200",
    "2026-06-01T12:00:60Z",
    "",
  ])("in the form %j is refused on POST and in both patches", async (expires_at) => {
    const { path } = await makeKey(asAda);
    const answers = [
      await post(asAda, "/v1/api-keys", { ...INPUT, expires_at }),
      await patch(asAda, path, MERGE_PATCH, { expires_at }, { "If-Match": "*" }),
      await patch(asAda, path, JSON_PATCH, [{ op: "add", path: "/expires_at", value: expires_at }], {
        "If-Match": "*",
      }),
    ];
    for (const response of answers) {
      expect(response.status).toBe(422);
      const { errors } = await response.json<{ errors: unknown }>();
      expect(errors).toMatchObject([
        { code: "wrong-format", detail: "`expires_at` must be an RFC 3339 date and time." },
      ]);
    }
  });

  it("is refused if it is too long", async () => {
    const expires_at = `2026-06-01T00:00:00.${"0".repeat(2000)}Z`;
    expect((await post(asAda, "/v1/api-keys", { ...INPUT, expires_at })).status).toBe(422);
  });
});
