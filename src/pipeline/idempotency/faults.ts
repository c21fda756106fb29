/**
 * Converts zod issues to the `errors` of a problem. Codes and sentences are defined here, because zod's may change. The
 * number of faults and the length of repeated names are bounded.
 */
import type { z } from "@hono/zod-openapi";
import { pointerOf } from "#core/http/json-pointer.ts";
import type { RequestFault } from "#core/http/problem.ts";
import type { SentQuery } from "#core/http/sent-query.ts";

/** A location in a JSON value. */
export type Path = readonly (string | number)[];

/** More faults than a client fixes at once, and few enough for one response. */
export const MAX_FAULTS = 100;
const MAX_NAME_CHARACTERS = 64;
const MAX_POINTER_CHARACTERS = 1024;

type Issue = z.core.$ZodIssue;

/**
 * Default messages for schemas without their own, to be passed to `safeParse`. They are predicates; the subject is
 * added later.
 */
export const plainly = {
  error(issue: z.core.$ZodRawIssue): string {
    switch (issue.code) {
      case "invalid_type":
        return `must be ${TYPES[issue.expected] ?? "of another type"}`;
      case "invalid_value":
        return `must be ${issue.values.length === 1 ? "" : "one of "}${issue.values.map(String).join(", ")}`;
      case "too_small":
        return `must ${measureOf(issue.origin, "at least", Number(issue.minimum))}`;
      case "too_big":
        return `must ${measureOf(issue.origin, "at most", Number(issue.maximum))}`;
      case "invalid_format":
        return "has the wrong format";
      default:
        return "is not valid";
    }
  },
} satisfies z.core.ParseContext<Issue>;

const TYPES: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  array: "an array",
  null: "null",
};

function measureOf(origin: string, bound: string, count: number): string {
  if (origin === "string") return `have ${bound} ${count} characters`;
  if (origin === "array") return `have ${bound} ${count} items`;
  return `be ${bound} ${count}`;
}

/**
 * The faults of a body. `checked` is the value that the schema validated. `locate` maps a path in it to a pointer into
 * the body that the client sent, which differs for a patch.
 */
export function bodyFaults(error: z.ZodError, checked: unknown, locate: (path: Path) => string): RequestFault[] {
  return distinct(error.issues.flatMap((issue) => issueFaults(issue, checked, locate))).slice(0, MAX_FAULTS);
}

/** The faults of query parameters. The first segment of an issue's path names the parameter. */
export function parameterFaults(error: z.ZodError, allowed: readonly string[]): RequestFault[] {
  const hint = allowed.length === 0 ? "This operation has no query parameters." : `Allowed: ${allowed.join(", ")}.`;
  const faults = error.issues.flatMap((issue): RequestFault[] => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        parameter: key,
        code: "unknown",
        detail: `Unknown parameter \`${shortened(key)}\`. ${hint}`,
      }));
    }
    const parameter = String(issue.path[0] ?? "");
    return [{ parameter, code: codeOf(issue), detail: sentence(`The parameter \`${parameter}\``, issue.message) }];
  });
  return distinct(faults).slice(0, MAX_FAULTS);
}

/** The fault with the parameter name that the client sent. */
export function asSent(fault: RequestFault, { nameOf }: Pick<SentQuery, "nameOf">): RequestFault {
  if (!("parameter" in fault)) return fault;
  const { parameter, code, detail } = fault;
  const name = nameOf(parameter);
  return { parameter: name, code, detail: detail.replaceAll(`\`${parameter}\``, `\`${name}\``) };
}

/**
 * Removes duplicates: a number out of range can break several bounds of its schema, but the client has one fault to
 * fix.
 */
function distinct(faults: readonly RequestFault[]): RequestFault[] {
  const keys = faults.map(({ detail, ...kind }) => JSON.stringify([kind, BOUNDS.has(kind.code) ? "" : detail]));
  return faults.filter((_, index) => keys.indexOf(keys[index] ?? "") === index);
}

const BOUNDS = new Set(["too-small", "too-large"]);

/**
 * Returns a function that points to a location in `sent`, or to the innermost existing object if the location is
 * missing.
 */
export function locateIn(sent: unknown): (path: Path) => string {
  return (path) => {
    const there = path.findLastIndex((_, index) => resolves(sent, path.slice(0, index + 1)));
    return shortPointer(path.slice(0, there + 1));
  };
}

/** The fault of a member that cannot be set. */
export function unknownMember(name: string, pointer: string): RequestFault {
  return { pointer, code: "unknown", detail: `\`${shortened(name)}\` is not a writable member.` };
}

function issueFaults(issue: Issue, checked: unknown, locate: (path: Path) => string): RequestFault[] {
  const path = issue.path.filter((segment) => typeof segment !== "symbol");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownMember(key, locate([...path, key])));
  }
  const pointer = locate(path);
  if (!resolves(checked, path)) return [{ pointer, code: "required", detail: `\`${nameOf(path)}\` is required.` }];
  const subject = path.length === 0 ? "The body" : `\`${nameOf(path)}\``;
  return [{ pointer, code: codeOf(issue), detail: sentence(subject, issue.message) }];
}

/** Adds the subject to a message that is a predicate. A message that is already a sentence is unchanged. */
function sentence(subject: string, message: string): string {
  return /^[a-z]/.test(message) ? `${subject} ${message}.` : message;
}

/** `items[0].quantity` */
function nameOf(path: Path): string {
  const name = path.map((part, index) => (typeof part === "number" ? `[${part}]` : `${index === 0 ? "" : "."}${part}`));
  return shortened(name.join(""));
}

function shortened(name: string): string {
  return name.length <= MAX_NAME_CHARACTERS ? name : `${name.slice(0, MAX_NAME_CHARACTERS).toWellFormed()}…`;
}

/** A key may be as long as the body. The pointer then names the object that contains it. */
function shortPointer(path: Path): string {
  const pointer = pointerOf(path);
  return pointer.length <= MAX_POINTER_CHARACTERS ? pointer : shortPointer(path.slice(0, -1));
}

function resolves(value: unknown, path: Path): boolean {
  const [segment, ...rest] = path;
  if (segment === undefined) return true;
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, segment)) return false;
  return resolves((value as Record<string | number, unknown>)[segment], rest); // it is an object with this own member
}

function codeOf(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return "wrong-type";
    case "too_small":
      return "too-small";
    case "too_big":
      return "too-large";
    case "invalid_format":
      return "wrong-format";
    case "invalid_value":
      return "not-allowed";
    default:
      return "invalid";
  }
}
