/**
 * A module contains everything that one resource or feature adds to the service. `src/modules.ts` lists the modules.
 * Routes, OpenAPI documents, abilities, scopes, account erasure and scheduled tasks are derived from that list.
 */
import type { Database } from "#core/data/database.ts";
import type { Statements } from "#core/data/write.ts";
import type { ProblemType } from "#core/http/problem-types.ts";
import type { AbilityRules } from "./ability.ts";
import type { Endpoint } from "./endpoint.ts";
import { problemTypesOf } from "./implied-problems.ts";
import type { ProtocolEndpoint } from "./protocol.ts";
import { orderScopes, type Scopes } from "./scopes.ts";
import type { Settings } from "./settings.ts";

export interface Module {
  /** kebab-case, unique. */
  readonly name: string;
  readonly endpoints?: readonly Endpoint[];
  /** Endpoints whose requests and responses another standard defines. */
  readonly protocolEndpoints?: readonly ProtocolEndpoint[];
  /** The rules for the module's subjects. */
  readonly abilities?: AbilityRules;
  /** The scopes that permit the module's operations. A scope belongs to one module. */
  readonly scopes?: Scopes;
  /** The OpenAPI tags of the module, each with its description. A tag belongs to one module. */
  readonly tags?: Readonly<Record<string, string>>;
  /** The tasks of the cron trigger, by name. A task that fails runs again at the next trigger. */
  readonly scheduledTasks?: Readonly<Record<string, ScheduledTask>>;
  /** The tasks of the every-minute trigger, for work that cannot wait 15 minutes. */
  readonly minuteTasks?: Readonly<Record<string, ScheduledTask>>;
  /** Statements for the batch that erases an account. They remove what the module stores about the account. */
  readonly eraseAccount?: EraseAccount;
}

/** `now` is epoch milliseconds. */
export type EraseAccount = (database: Database, accountId: string, now: number) => readonly Statements[number][];

export interface ScheduledContext {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly settings: Settings;
  readonly database: Database;
  randomBytes(length: number): Uint8Array<ArrayBuffer>;
  /** Writes one line of JSON. */
  writeLog(line: string): void;
}

export type ScheduledTask = (context: ScheduledContext) => PromiseLike<unknown>;

/**
 * Declares a module.
 *
 * @example
 * export const reviewsModule = defineModule({
 *   name: "reviews",
 *   endpoints: reviewEndpoints,
 *   abilities: reviewAbilities,
 *   scopes: { "reviews:write": { consent: "Write reviews for you.", description: "Create and change your reviews." } },
 *   tags: { Reviews: "What customers say." },
 * });
 */
export function defineModule(module: Module): Module {
  return module;
}

/** The combined contents of a list of modules. */
export interface Registry {
  readonly endpoints: readonly Endpoint[];
  readonly protocolEndpoints: readonly ProtocolEndpoint[];
  readonly abilities: readonly AbilityRules[];
  readonly scopes: Scopes;
  readonly tags: Readonly<Record<string, string>>;
  /** The types of every service, and those of the modules. */
  readonly problemTypes: readonly ProblemType[];
  readonly scheduledTasks: Readonly<Record<string, ScheduledTask>>;
  readonly minuteTasks: Readonly<Record<string, ScheduledTask>>;
}

/** @throws RangeError if two modules have the same name, scope, tag, problem type or scheduled task, or for a malformed scope */
export function registryOf(modules: readonly Module[]): Registry {
  requireUnique(
    "module",
    modules.map(({ name }) => name),
  );
  const endpoints = modules.flatMap((module) => module.endpoints ?? []);
  return {
    endpoints,
    protocolEndpoints: modules.flatMap(({ protocolEndpoints = [] }) => protocolEndpoints),
    abilities: modules.flatMap(({ abilities }) => abilities ?? []),
    scopes: orderScopes(merge("scope", modules, ({ scopes }) => scopes)),
    tags: merge("tag", modules, ({ tags }) => tags),
    problemTypes: problemTypesOf(endpoints),
    scheduledTasks: merge("scheduled task", modules, ({ scheduledTasks }) => scheduledTasks),
    minuteTasks: merge("minute task", modules, ({ minuteTasks }) => minuteTasks),
  };
}

function merge<T>(
  kind: string,
  modules: readonly Module[],
  select: (module: Module) => Readonly<Record<string, T>> | undefined,
): Record<string, T> {
  const entries = modules.flatMap((module) => Object.entries(select(module) ?? {}));
  requireUnique(
    kind,
    entries.map(([name]) => name),
  );
  return Object.fromEntries(entries);
}

function requireUnique(kind: string, names: readonly string[]): void {
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw new RangeError(`two modules declare the ${kind} ${repeated}`);
}
