/** The rules of JSON:API 1.1 that a document with primary data can be checked for. */
import { expect } from "vitest";

interface Identifier {
  readonly type: string;
  readonly id: string;
}
interface ResourceObject extends Identifier {
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly relationships?: Readonly<Record<string, { readonly data?: Identifier | readonly Identifier[] | null }>>;
}
interface Document {
  readonly data: ResourceObject | readonly ResourceObject[] | null;
  readonly included?: readonly ResourceObject[];
  readonly links?: Readonly<Record<string, unknown>>;
}

const TOP_LEVEL = ["data", "meta", "jsonapi", "links", "included"];
const RESOURCE = ["type", "id", "attributes", "relationships", "links", "meta"];
const LINKS = ["self", "related", "describedby", "first", "last", "prev", "next"];
/** Section "Member Names", limited to ASCII. A full stop is reserved. */
const MEMBER_NAME = /^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?$/;

/** `url` is the URL of the request. */
export function expectJsonApi(value: unknown, url: URL): void {
  const document = value as Document; // validated against its schema before
  expect(TOP_LEVEL).toEqual(expect.arrayContaining(Object.keys(document)));
  const primary = document.data === null ? [] : [document.data].flat();
  const included = document.included ?? [];
  for (const resource of [...primary, ...included]) expectResource(resource);
  const names = [...primary, ...included].map(nameOf);
  expect(new Set(names).size, "each resource occurs once").toBe(names.length);
  // A fieldset may omit the relationship that leads to an included resource.
  if (![...url.searchParams.keys()].some((name) => name.startsWith("fields["))) expectFullLinkage(primary, included);
  for (const [name, link] of Object.entries(document.links ?? {})) {
    expect(LINKS).toContain(name);
    expect(link).toMatch(/^https?:\/\//);
  }
}

function expectResource(resource: ResourceObject): void {
  expect(RESOURCE).toEqual(expect.arrayContaining(Object.keys(resource)));
  expect(typeof resource.type === "string" && typeof resource.id === "string").toBe(true);
  const attributes = Object.keys(resource.attributes ?? {});
  const relationships = Object.keys(resource.relationships ?? {});
  const fields = [...attributes, ...relationships];
  expect(fields.filter((name) => name === "type" || name === "id")).toEqual([]);
  expect(new Set(fields).size, "attributes and relationships share a namespace").toBe(fields.length);
  for (const name of [resource.type, ...fields, ...namesWithin(resource.attributes)]) expect(name).toMatch(MEMBER_NAME);
  for (const { data } of Object.values(resource.relationships ?? {})) {
    const linkage = data === undefined || data === null ? [] : [data].flat();
    for (const identifier of linkage) expect(Object.keys(identifier).sort()).toEqual(["id", "type"]);
    expect(new Set(linkage.map(nameOf)).size, "each resource occurs once in a linkage").toBe(linkage.length);
  }
}

function namesWithin(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = Array.isArray(value) ? [] : Object.keys(value);
  return [...own, ...Object.values(value).flatMap(namesWithin)];
}

/** Relationships lead from the primary data to every included resource. */
function expectFullLinkage(primary: readonly ResourceObject[], included: readonly ResourceObject[]): void {
  const byName = new Map(included.map((resource) => [nameOf(resource), resource]));
  const queue = [...primary];
  for (let resource = queue.pop(); resource !== undefined; resource = queue.pop()) {
    for (const { data } of Object.values(resource.relationships ?? {})) {
      for (const identifier of data === undefined || data === null ? [] : [data].flat()) {
        const next = byName.get(nameOf(identifier));
        byName.delete(nameOf(identifier));
        if (next !== undefined) queue.push(next);
      }
    }
  }
  expect([...byName.keys()], "included resources without linkage").toEqual([]);
}

function nameOf({ type, id }: Identifier): string {
  return `${type} ${id}`;
}
