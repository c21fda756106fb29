/** The policy of every endpoint agrees with its contract and with the access rules. */
import { describe, expect, it } from "vitest";
import { abilityOf } from "#core/contract/ability.ts";
import { fieldsOf } from "#core/contract/resource.ts";
import { readableFields } from "#features/identity/authorize-object.ts";
import { abilities, endpoints } from "../../../src/modules.ts";

const anonymous = abilityOf({ kind: "anonymous", address: "192.0.2.1" }, abilities);

describe.each(endpoints.map((endpoint) => ({ name: endpoint.contract.operationId, ...endpoint })))(
  "$name",
  (endpoint) => {
    const { contract, policy } = endpoint;
    const { success } = contract;

    const isShared = policy.cache !== "no-store" && policy.cache.scope === "public";

    it.runIf(isShared)("C13 is cached publicly only if all callers see the same representation", () => {
      expect(policy.access === "public" || anonymous.can(policy.access.action, policy.access.subject)).toBe(true);
      if (success.kind === "resource" || success.kind === "list") {
        expect(readableFields(anonymous, success.resource)).toEqual(fieldsOf(success.resource));
      }
    });

    it("B14 C13 is metered only if no cache repeats its response without revalidation", () => {
      const isGivenAgain = policy.cache !== "no-store" && policy.cache.freshForSeconds > 0;
      if (isGivenAgain) expect(policy.limit).toBe("unmetered");
    });

    it("C04 requires a precondition for every change of a resource", () => {
      const changes = contract.method === "PATCH" || contract.method === "DELETE";
      // An action also starts from a state, and checks itself which states it allows.
      const acts = contract.method === "POST" && /^\/v\d+\/.*\}\//.test(contract.path);
      expect(policy.precondition).toBe(changes ? "required" : "none");
      expect(endpoint.current !== undefined).toBe(changes || acts);
    });

    it.runIf(contract.method !== "GET")("C18 is never stored if it is a write", () => {
      expect(policy.cache).toBe("no-store");
    });
  },
);
