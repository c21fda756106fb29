/** Postal codes: required exactly in countries whose mail needs one. */
import { beforeEach, describe, expect, it } from "vitest";
import { COUNTRIES, needsPostalCode } from "#store/addresses/countries.ts";
import { ada, insertPeople, serviceFor } from "../../features/accounts/people.ts";
import { header, JSON_PATCH, MERGE_PATCH, patch, problemOf } from "../../support/requests.ts";
import { emptyPeople } from "../support/people.ts";
import { INPUT, makeAddress, post } from "./homes.ts";

const asAda = serviceFor(ada);

beforeEach(async () => {
  await emptyPeople();
  await insertPeople(ada);
});

describe("a new address", () => {
  it.each(["HK", "AE", "QA", "BS", "JM", "IE", "PA", "ZW"])(
    "needs no postal code in %s, but may have one",
    async (country) => {
      const { postal_code, ...without } = { ...INPUT, country };
      const response = await post(asAda, without);
      expect(response.status).toBe(201);
      const made = await response.json<{ id: string }>();
      expect(made).not.toHaveProperty("postal_code");
      for (const format of ["application/json", "application/hal+json", "application/vnd.api+json"]) {
        const read = await asAda.fetch(`/v1/addresses/${made.id}`, { headers: { Accept: format } });
        expect(read.status).toBe(200);
        expect(await read.text()).not.toContain("postal_code");
      }
      const { data } = await (await asAda.fetch("/v1/addresses?fields=postal_code")).json<{ data: unknown[] }>();
      expect(data).toEqual([{ id: made.id }]);
      expect((await post(asAda, { ...without, postal_code })).status).toBe(201);
    },
  );

  it.each(["US", "DE", "GB", "FR", "JP", "AU", "SG", "TW"])("422 without a postal code in %s", async (country) => {
    const { postal_code: _, ...without } = { ...INPUT, country };
    const response = await post(asAda, without);
    expect(response.status).toBe(422);
    const { errors = [] } = await problemOf(response);
    expect(errors.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual(["# required"]);
  });

  it.each([
    [{ postal_code: "" }, ["#/postal_code invalid"]],
    [{ postal_code: " " }, ["#/postal_code invalid"]],
    [{ postal_code: null }, ["#/postal_code wrong-type"]],
    [{ country: "US", line1: null, postal_code: undefined }, ["#/line1 wrong-type", "# required"]],
    [{ country: "XX", postal_code: undefined }, ["#/country not-allowed"]],
    [{ country: undefined, postal_code: undefined }, ["# required"]],
  ])("422 with %j in Hong Kong, with all errors together", async (change, faults) => {
    const response = await post(asAda, { ...INPUT, country: "HK", ...change });
    expect(response.status).toBe(422);
    const { errors = [] } = await problemOf(response);
    expect(errors.map(({ pointer, code }) => `${pointer} ${code}`).sort()).toEqual([...faults].sort());
  });

  it("the countries that require a postal code are all valid countries", () => {
    const needing = COUNTRIES.filter(needsPostalCode);
    expect(needing).toHaveLength(74);
    expect(needsPostalCode("XX")).toBe(false);
  });
});

describe("a change of the country", () => {
  const { postal_code: _, ...WITHOUT } = { ...INPUT, country: "HK" };

  it.each([
    ["a merge patch", MERGE_PATCH, { country: "HK", postal_code: null }],
    [
      "a JSON Patch",
      JSON_PATCH,
      [
        { op: "replace", path: "/country", value: "HK" },
        { op: "remove", path: "/postal_code" },
      ],
    ],
  ])("by %s may remove the postal code", async (_name, type, body) => {
    const { path } = await makeAddress(asAda);
    const response = await patch(asAda, path, type, body, { "If-Match": "*" });
    expect(response.status).toBe(200);
    expect(await response.json()).not.toHaveProperty("postal_code");
    expect(await (await asAda.fetch(path)).json()).toMatchObject(WITHOUT);
  });

  it.each([
    ["a merge patch", MERGE_PATCH, { postal_code: null }, "#/postal_code required"],
    ["a JSON Patch", JSON_PATCH, [{ op: "remove", path: "/postal_code" }], "#/0 required"],
  ])("by %s is needed to remove the postal code", async (_name, type, body, fault) => {
    const { path } = await makeAddress(asAda);
    const response = await patch(asAda, path, type, body, { "If-Match": "*" });
    expect(response.status).toBe(422);
    const { errors = [] } = await problemOf(response);
    expect(errors.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([fault]);
  });

  it.each([
    ["a merge patch", MERGE_PATCH, { country: "US" }, { country: "US", postal_code: "87182" }],
    [
      "a JSON Patch",
      JSON_PATCH,
      [{ op: "replace", path: "/country", value: "US" }],
      [
        { op: "add", path: "/postal_code", value: "87182" },
        { op: "replace", path: "/country", value: "US" },
      ],
    ],
  ])("by %s to a country that needs a postal code must add one", async (_name, type, lacking, whole) => {
    const response = await post(asAda, WITHOUT);
    const path = `/v1/addresses/${(await response.json<{ id: string }>()).id}`;
    const refused = await patch(asAda, path, type, lacking, { "If-Match": "*" });
    expect(refused.status).toBe(422);
    expect((await problemOf(refused)).errors).toMatchObject([
      { code: "required", detail: "`postal_code` is required." },
    ]);
    const changed = await patch(asAda, path, type, whole, { "If-Match": "*" });
    expect(changed.status).toBe(200);
    expect(await changed.json()).toMatchObject({ country: "US", postal_code: "87182" });
  });

  it("to the same country, without a postal code, keeps the tag", async () => {
    const made = await post(asAda, WITHOUT);
    const path = `/v1/addresses/${(await made.clone().json<{ id: string }>()).id}`;
    const same = await patch(asAda, path, MERGE_PATCH, { country: "HK" }, { "If-Match": "*" });
    expect(header(same, "ETag")).toBe(header(made, "ETag"));
  });
});
