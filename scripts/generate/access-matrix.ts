/**
 * The access matrix: the outcome of each endpoint for each kind of caller, computed from the access rules. The threat
 * table shows it, and a test compares it with the running service, so that both agree.
 */
import { subject } from "@casl/ability";
import { type Ability, type AbilityRules, abilityOf } from "#core/contract/ability.ts";
import type { Endpoint } from "#core/contract/endpoint.ts";
import type { Principal } from "#core/contract/principal.ts";
import type { Resource } from "#core/contract/resource.ts";
import { scopesOf } from "#core/contract/scopes.ts";
import { scopes } from "../../src/modules.ts";

/** "served": neither refused nor hidden. The response depends on the request alone. */
export type Outcome = "served" | 401 | 403 | 404;

/** Whether the requested object belongs to the caller, for objects with an owner. */
export type Ownership = "own" | "foreign";

export interface Caller {
  readonly name: string;
  readonly principal: Principal;
}

export const NOW = Date.UTC(2026, 0, 31, 12);

const IDS = {
  customer: "user_01hzz0000000000000000000c1",
  "other customer": "user_01hzz0000000000000000000c2",
  staff: "user_01hzz0000000000000000000d1",
  admin: "user_01hzz0000000000000000000e1",
  service: "user_01hzz0000000000000000000f1",
} as const;

/** The account that owns the foreign example objects. */
export const FOREIGN_OWNER = "user_01hzz0000000000000000000a9";

function person(id: string, role: "customer" | "staff" | "admin"): Principal {
  return {
    kind: "user",
    id,
    roles: [role],
    scopes: scopesOf(scopes, role),
    credential: "token",
    clientId: "demo-app",
    authenticatedAt: NOW,
  };
}

export const CALLERS: readonly Caller[] = [
  { name: "anonymous", principal: { kind: "anonymous", address: "192.0.2.1" } },
  { name: "customer", principal: person(IDS.customer, "customer") },
  { name: "other customer", principal: person(IDS["other customer"], "customer") },
  { name: "staff", principal: person(IDS.staff, "staff") },
  { name: "admin", principal: person(IDS.admin, "admin") },
  {
    name: "service",
    principal: {
      kind: "service",
      id: IDS.service,
      roles: ["customer"],
      scopes: scopesOf(scopes, "customer"),
      credential: "token",
      clientId: "demo-service",
    },
  },
];

/** The resource that the operation's path identifies; undefined if there is none. */
export function objectOf(endpoint: Endpoint, endpoints: readonly Endpoint[]): Resource | undefined {
  const { success, path, params } = endpoint.contract;
  if (params === undefined || !("id" in params.shape)) return undefined;
  if (success.kind === "resource") return success.resource;
  const read = endpoints.find(({ contract }) => contract.path === path && contract.success.kind === "resource");
  return read?.contract.success.kind === "resource" ? read.contract.success.resource : undefined;
}

export function outcomeOf(
  endpoint: Endpoint,
  object: Resource | undefined,
  principal: Principal,
  ownership: Ownership,
  rules: readonly AbilityRules[],
): Outcome {
  const { access } = endpoint.policy;
  if (access === "public") return "served";
  const ability = abilityOf(principal, rules, { now: NOW, address: "192.0.2.1" });
  if (ability.cannot(access.action, access.subject)) return principal.kind === "anonymous" ? 401 : 403;
  if (object === undefined) return "served";
  return outcomeOfObject(ability, access, exampleFor(object, principal, ownership));
}

function outcomeOfObject(
  ability: Ability,
  { action, subject: name }: Exclude<Endpoint["policy"]["access"], "public">,
  members: Record<string, unknown>,
): Outcome {
  const object = subject(name, { ...members });
  if (ability.cannot("read", object)) return 404;
  return ability.cannot(action, object) ? 403 : "served";
}

function exampleFor(resource: Resource, principal: Principal, ownership: Ownership): Record<string, unknown> {
  if (resource.owner === undefined) return resource.example;
  const owner = ownership === "own" && principal.kind !== "anonymous" ? principal.id : FOREIGN_OWNER;
  return { ...resource.example, [resource.owner]: owner };
}
