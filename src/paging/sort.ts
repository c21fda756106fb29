/** `sort=-created_at,price`: keys in order of weight, a minus for descending. */
import { problem } from "../http/problem.ts";

export interface SortKey<Name extends string> {
  readonly name: Name;
  readonly direction: "asc" | "desc";
}

/** @throws invalid-parameter for a key that does not exist or stands twice */
export function readSort<Name extends string>(parameter: string, allowed: readonly Name[]): SortKey<Name>[] {
  const keys = parameter.split(",").map((part): SortKey<Name> => {
    const bare = part.replace(/^-/, "");
    const name = allowed.find((candidate) => candidate === bare);
    if (name === undefined)
      throw refusal(
        "unknown-sort",
        `There is no sort key \`${bare}\` here. Allowed: ${allowed.join(", ")}, each with a minus for descending.`,
      );
    return { name, direction: part.startsWith("-") ? "desc" : "asc" };
  });
  if (new Set(keys.map((key) => key.name)).size < keys.length)
    throw refusal("repeated-sort", "A sort key may stand once.");
  return keys;
}

function refusal(code: string, detail: string) {
  return problem("invalid-parameter", { detail, errors: [{ parameter: "sort", code, detail }] });
}
