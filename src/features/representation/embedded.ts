/** Embeds resources in plain JSON, beside the ids that refer to them. */
import type { EmbeddedView, ResourceView } from "#core/contract/format.ts";
import { type Members, placeOf } from "#core/contract/resource.ts";

/** The members of the view with its embedded resources. Missing and hidden resources are omitted. */
export function membersWithEmbedded({ members, embedded = [] }: ResourceView): Partial<Members> {
  return embedded.reduce(withOne, members);
}

function withOne(members: Partial<Members>, { relation, entries }: EmbeddedView): Partial<Members> {
  const { list, member } = placeOf(relation);
  const shown = new Map(entries.map(({ id, view }) => [id, view === null ? {} : { [member]: view.members }]));
  if (list === undefined) return { ...members, ...shown.values().next().value };
  const elements = members[list];
  if (!Array.isArray(elements)) return members;
  const withMember = elements.map((element: Readonly<Record<string, unknown>>) => ({
    ...element,
    ...shown.get(String(element[relation.key])),
  }));
  return { ...members, [list]: withMember };
}

/** The existing resources of the relation, each once. */
export function viewsOf({ entries }: EmbeddedView): ResourceView[] {
  const byId = new Map(entries.flatMap(({ id, view }) => (view === null ? [] : [[id, view] as const])));
  return [...byId.values()];
}
