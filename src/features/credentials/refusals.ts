/** The refusals that API keys and OAuth clients share. */
import { type CollectionTable, isAt } from "#core/data/collection.ts";
import type { Guard } from "#core/data/commit.ts";
import { type Problem, problem, type RequestFault } from "#core/http/problem.ts";

/** The scopes in the list that the token of the request may not grant. */
export function scopeFaults(scopes: readonly string[], held: readonly string[]): RequestFault[] {
  return scopes.flatMap((scope, index) =>
    held.includes(scope)
      ? []
      : [
          {
            pointer: `#/scopes/${index}`,
            code: "not-permitted",
            detail: `The access token does not have the scope \`${scope}\`.`,
          },
        ],
  );
}

/** @throws validation-error if there are faults */
export function refuseFaults(errors: readonly RequestFault[]): void {
  if (errors.length === 0) return;
  throw problem("validation-error", { detail: errors.map(({ detail }) => detail).join(" "), errors });
}

export function conflict(detail: string, cause?: unknown): Problem {
  return problem("conflict", { detail, cause });
}

/** Keeps a response from showing a secret that does not work. `thing` is what a concurrent request can change. */
export function stillCurrent(table: CollectionTable, id: string, version: number, thing: string): Guard {
  return {
    condition: isAt(table, id, version),
    refusal: (cause) => conflict(`A concurrent request changed the ${thing}. The secret was not rotated.`, cause),
  };
}
