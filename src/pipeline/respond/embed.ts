/**
 * Loads what `include` embeds, in one round trip for all resources of a response. Shows only what the principal may
 * read. A hidden resource looks like a missing one.
 */
import { subject } from "@casl/ability";
import type { Validator } from "#core/contract/answer.ts";
import type { Targeted } from "#core/contract/context.ts";
import type { Related } from "#core/contract/endpoint.ts";
import type { EmbeddedView, Fieldset, ResourceView } from "#core/contract/format.ts";
import type { Members, Relation, Resource } from "#core/contract/resource.ts";
import { fieldReader, readableFields } from "#features/identity/authorize-object.ts";
import { pickFields, unknownFields } from "#features/representation/fields.ts";
import { idsOf, keyMemberOf, readIncludes } from "#features/representation/include.ts";

export interface Embedding {
  /** The resources embedded in one resource of the response. Undefined without `include`. */
  of(members: Members): readonly EmbeddedView[] | undefined;
  /** Equal while all embedded content is unchanged. Undefined without `include`. */
  readonly content: string | undefined;
  /** When any embedded resource last changed, in epoch milliseconds. */
  readonly modifiedAt: number;
}

const NOTHING: Embedding = { of: () => undefined, content: undefined, modifiedAt: 0 };

interface Shown {
  readonly view: ResourceView | null;
  /** Undefined if the principal may not read the resource. */
  readonly validator: Validator | undefined;
}

/** The relations that the request includes. @throws invalid-parameter */
export function selectedRelations({ query }: Targeted, resource: Resource): readonly Relation[] | undefined {
  const { include } = query as { readonly include?: string }; // only an endpoint with the parameter has it here
  return readIncludes(include, resource.relations ?? []);
}

/** The format's own fieldset for a resource, if the request has one. @throws invalid-parameter */
export function fieldsetOf(
  { ability, format, sent }: Targeted,
  resource: Resource,
  readable: readonly string[] = readableFields(ability, resource),
): Fieldset | undefined {
  const text = sent.fieldsets.get(resource.collection);
  const fieldset = text === undefined ? undefined : format.readFieldset?.(text, resource, readable);
  if (fieldset !== undefined && fieldset.unknown.length > 0) {
    throw unknownFields(`fields[${resource.collection}]`, fieldset.unknown, fieldset.allowed);
  }
  return fieldset;
}

/**
 * Loads the resources that `relations` lead to from `values`. `readableOf` returns the members that the principal may
 * read.
 */
export async function embed(
  request: Targeted,
  relations: readonly Relation[] | undefined,
  values: readonly Members[],
  readableOf: (members: Members) => readonly string[],
): Promise<Embedding> {
  const { endpoint } = request;
  if (relations === undefined) return NOTHING;
  if (endpoint.related === undefined) throw new TypeError("an endpoint with `include` declares what is related");
  const namedBy = (members: Members, relation: Relation) =>
    readableOf(members).includes(keyMemberOf(relation)) ? idsOf(members, relation) : [];
  const wanted = relations.map((relation) => ({
    relation,
    ids: [...new Set(values.flatMap((members) => namedBy(members, relation)))],
  }));
  const found = wanted.some(({ ids }) => ids.length > 0) ? await endpoint.related(request, wanted) : [];
  const shown = wanted.map(({ relation }, index) => shownOf(request, relation.resource, found[index] ?? new Map()));
  const all = shown.flatMap((byId) => [...byId]);
  const marks = all.map(([id, { view, validator }]) => [id, view === null ? null : markOf(view, validator)]);
  return {
    of: (members) =>
      relations.map((relation, index) => ({
        relation,
        entries: namedBy(members, relation).map((id) => ({ id, view: shown[index]?.get(id)?.view ?? null })),
      })),
    content: JSON.stringify(marks.sort()),
    modifiedAt: Math.max(0, ...all.map(([, { validator }]) => validator?.modifiedAt ?? 0)),
  };
}

const HIDDEN: Shown = { view: null, validator: undefined };

/** What the representation depends on: the resource's state, and its visible members. */
function markOf(view: ResourceView, validator: Validator | undefined): string {
  return `${validator?.token} ${Object.keys(view.members).join(" ")}`;
}

function shownOf(request: Targeted, resource: Resource, found: ReadonlyMap<string, Related>): Map<string, Shown> {
  const { ability, origin } = request;
  const readableOf = fieldReader(ability, resource);
  const fields = fieldsetOf(request, resource)?.members;
  const showOne = ({ members, isGone, validator }: Related): Shown => {
    if (ability.cannot("read", subject(resource.collection, { ...members }))) return HIDDEN;
    if (isGone) return { view: null, validator };
    const shown = pickFields(members, fields, readableOf(members));
    const self = `${origin}${resource.path(members.id)}`;
    return { view: { resource, id: members.id, members: shown, self }, validator };
  };
  return new Map(Array.from(found, ([id, related]) => [id, showOne(related)]));
}
