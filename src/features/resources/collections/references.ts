/**
 * Guards for members that contain the id of another row. A write takes effect only if the row exists at that moment and
 * the caller may read it. A missing row and one that the caller may not read look the same.
 */
import type { Call, Current } from "#core/contract/endpoint.ts";
import type { Guard } from "#core/data/commit.ts";
import { problem } from "#core/http/problem.ts";
import { readableRows } from "#features/identity/readable-rows.ts";
import type { Collection } from "./collection.ts";
import { isReadable } from "./queries.ts";

type Body = Readonly<Record<string, unknown>>;

/**
 * The guards of the references that the body sets. A change checks only references that differ from the current state,
 * so other members can change after the referenced row was deleted. If several guards fail, the first one is reported.
 */
export function referencesExist(
  { references = [] }: Pick<Collection, "references">,
  { ability, body }: Pick<Call<unknown, unknown, Body>, "ability" | "body">,
  before?: Current["members"],
): Guard[] {
  return references.flatMap(({ member, collection }): Guard[] => {
    const id = body[member];
    if (typeof id !== "string" || id === before?.[member]) return [];
    return [
      {
        condition: isReadable(collection, readableRows(ability, collection.resource.collection), id),
        refusal: (cause) => unknownReference(member, cause),
      },
    ];
  });
}

function unknownReference(member: string, cause: unknown) {
  const detail = `\`${member}\` does not exist.`;
  return problem("validation-error", { detail, errors: [{ pointer: `#/${member}`, code: "unknown", detail }], cause });
}
