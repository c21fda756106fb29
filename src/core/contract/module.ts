/**
 * A module is everything that one resource or feature brings to the service. `src/modules.ts` lists the modules. Routes,
 * OpenAPI documents, abilities, account erasure and scheduled tasks follow from that list.
 */
import type { Database } from "#core/data/database.ts";
import type { Statements } from "#core/data/write.ts";
import type { AbilityRules } from "./ability.ts";
import type { Endpoint } from "./endpoint.ts";
import type { ProtocolEndpoint } from "./protocol.ts";
import type { Settings } from "./settings.ts";

export interface Module {
  /** kebab-case, unique. */
  readonly name: string;
  readonly endpoints?: readonly Endpoint[];
  /** Endpoints whose requests and responses another standard defines. */
  readonly protocolEndpoints?: readonly ProtocolEndpoint[];
  /** Who may do what with the module's subjects. */
  readonly abilities?: AbilityRules;
  /** The OpenAPI tags that the module introduces, each with its description. A tag belongs to one module. */
  readonly tags?: Readonly<Record<string, string>>;
  /** What the cron trigger does for the module, by name. A task that fails runs again the next time. */
  readonly scheduledTasks?: Readonly<Record<string, ScheduledTask>>;
  /** What the cron trigger of every minute does for the module: tasks that cannot wait a quarter of an hour. */
  readonly minuteTasks?: Readonly<Record<string, ScheduledTask>>;
  /** Statements for the batch that erases an account: they remove what the module stores about its owner. */
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
  /** Takes one line of JSON. */
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
 *   tags: { Reviews: "What customers say about products." },
 * });
 */
export function defineModule(module: Module): Module {
  return module;
}

/** What a list of modules adds up to. */
export interface Registry {
  readonly endpoints: readonly Endpoint[];
  readonly protocolEndpoints: readonly ProtocolEndpoint[];
  readonly abilities: readonly AbilityRules[];
  readonly tags: Readonly<Record<string, string>>;
  readonly scheduledTasks: Readonly<Record<string, ScheduledTask>>;
  readonly minuteTasks: Readonly<Record<string, ScheduledTask>>;
}

/** @throws RangeError if two modules have the same name, tag or scheduled task */
export function registryOf(modules: readonly Module[]): Registry {
  requireUnique(
    "module",
    modules.map(({ name }) => name),
  );
  return {
    endpoints: modules.flatMap(({ endpoints = [] }) => endpoints),
    protocolEndpoints: modules.flatMap(({ protocolEndpoints = [] }) => protocolEndpoints),
    abilities: modules.flatMap(({ abilities }) => abilities ?? []),
    tags: merge("tag", modules, ({ tags }) => tags),
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
