/** The scopes of the deployment with the store, in the order of documents and pages. Clients rely on their names. */
import { expect, it } from "vitest";
import { scopes } from "../../src/modules.ts";

it("are those of accounts and of the store", () => {
  expect(Object.keys(scopes)).toEqual([
    "users:read",
    "users:write",
    "addresses:read",
    "addresses:write",
    "orders:read",
    "orders:write",
    "products:write",
    "admin",
  ]);
});
