/** A small resource with owners, kept in memory: notes, for tests of access rules of a single resource. */
import { z } from "@hono/zod-openapi";
import type { AbilityRules } from "#core/contract/ability.ts";
import type { ResourceAnswer } from "#core/contract/answer.ts";
import { type Call, type Current, endpoint } from "#core/contract/endpoint.ts";
import { listParameter } from "#core/contract/parameters.ts";
import type { Principal } from "#core/contract/principal.ts";
import { defineResource } from "#core/contract/resource.ts";
import { problem } from "#core/http/problem.ts";

export const ada: Principal = { kind: "user", id: "user_ada", roles: ["customer"], scopes: [], credential: "token" };
export const bob: Principal = { kind: "user", id: "user_bob", roles: ["customer"], scopes: [], credential: "token" };
export const auditor: Principal = { kind: "user", id: "user_eve", roles: ["auditor"], scopes: [], credential: "token" };
/** An auditor who also owns notes. */
export const both: Principal = {
  kind: "user",
  id: "user_bob",
  roles: ["customer", "auditor"],
  scopes: [],
  credential: "token",
};

const writable = { text: z.string().max(100) };
const NoteSchema = z.strictObject({ id: z.string(), user_id: z.string(), ...writable, secret: z.string() });
const NoteInput = z.strictObject(writable);
type Note = z.output<typeof NoteSchema>;

const EXAMPLE: Note = { id: "1", user_id: ada.kind === "user" ? ada.id : "", text: "Buy milk", secret: "s3cret" };

const NoteResource = defineResource({
  name: "Note",
  collection: "notes",
  schema: NoteSchema,
  example: EXAMPLE,
  path: (id) => `/v1/notes/${id}`,
});

/** Customers read and write their own notes. Auditors read all notes except `secret`, and write only their own. */
export const noteAbilities: AbilityRules = (principal, allow) => {
  if (principal.kind === "anonymous") return;
  const own = { user_id: principal.id };
  allow("list", "notes");
  allow(["update", "delete"], "notes", own);
  if (principal.roles.includes("customer")) allow("read", "notes", own);
  if (principal.roles.includes("auditor")) allow("read", "notes", ["id", "user_id", "text"]);
};

const Params = z.object({ id: z.string().regex(/^[0-9]+$/) });
const fields = listParameter({ max: 9, description: "", example: ["id"] }).optional();
const NoteQuery = z.object({ fields });
type OneNote = { readonly id: string };

export interface Notes {
  readonly endpoints: readonly ReturnType<typeof endpoint>[];
  /** The number of changes and deletions. */
  readonly writes: { count: number };
  /** Runs once: after the precondition of the next write passed, and before the write. */
  race: (() => void) | undefined;
  readonly stored: Map<string, { note: Note; version: number }>;
}

/** Notes 1 and 2 are Ada's, 3 is Bob's. */
export function startNotes(): Notes {
  const stored = new Map<string, { note: Note; version: number }>();
  for (const [id, user_id] of [
    ["1", "user_ada"],
    ["2", "user_ada"],
    ["3", "user_bob"],
  ] as const)
    stored.set(id, { note: { id, user_id, text: "Buy milk", secret: "s3cret" }, version: 1 });
  const notes: Notes = { endpoints: endpointsOf(), writes: { count: 0 }, race: undefined, stored };
  return notes;

  function endpointsOf() {
    const about = { params: Params, tag: "Notes", summary: "", description: "" } as const;
    const one = { kind: "resource", status: 200, resource: NoteResource } as const;
    const own = { scope: "private", freshForSeconds: 0 } as const;
    return [
      endpoint({
        contract: {
          operationId: "listNotes",
          method: "GET",
          path: "/v1/notes",
          tag: "Notes",
          summary: "",
          description: "",
          query: NoteQuery,
          success: { kind: "list", status: 200, resource: NoteResource, facets: [] },
        },
        policy: {
          access: { action: "list", subject: "notes" },
          limit: { cost: "read" },
          cache: own,
          precondition: "none",
          idempotency: "none",
        },
        validator: async () => ({ token: "g1", modifiedAt: 0 }),
        handler: async () => ({
          kind: "list",
          status: 200,
          resource: NoteResource,
          items: [...stored.values()].map(({ note }) => note),
          page: { next: null, prev: null, has_more: false, limit: 20 },
          links: {},
          validator: { token: "g1", modifiedAt: 0 },
        }),
      }),
      endpoint({
        contract: {
          ...about,
          operationId: "readNote",
          method: "GET",
          path: "/v1/notes/{id}",
          query: NoteQuery,
          success: one,
        },
        policy: {
          access: { action: "read", subject: "notes" },
          limit: { cost: "read" },
          cache: own,
          precondition: "none",
          idempotency: "none",
        },
        handler: async (call) => answerOf(call.params.id),
      }),
      endpoint({
        contract: {
          ...about,
          operationId: "changeNote",
          method: "PATCH",
          path: "/v1/notes/{id}",
          body: { kind: "patch", schema: NoteInput, mergeExample: {}, patchExample: [] },
          success: one,
        },
        policy: {
          access: { action: "update", subject: "notes" },
          limit: { cost: "read" },
          cache: "no-store",
          precondition: "required",
          idempotency: "honoured",
        },
        current,
        handler: async (call) => {
          const { note, version } = guarded(call.params.id, call.current);
          stored.set(note.id, { note: { ...note, ...call.body }, version: version + 1 });
          return answerOf(note.id);
        },
      }),
      endpoint({
        contract: {
          ...about,
          operationId: "deleteNote",
          method: "DELETE",
          path: "/v1/notes/{id}",
          success: { kind: "empty", status: 204 },
        },
        policy: {
          access: { action: "delete", subject: "notes" },
          limit: { cost: "read" },
          cache: "no-store",
          precondition: "required",
          idempotency: "none",
        },
        current,
        handler: async (call) => {
          stored.delete(guarded(call.params.id, call.current).note.id);
          return { kind: "empty", status: 204 };
        },
      }),
    ];
  }

  function guarded(id: string, current: Current) {
    const { race } = notes;
    notes.race = undefined;
    race?.();
    const found = stored.get(id);
    if (found?.version !== current.version) throw problem("precondition-failed");
    notes.writes.count += 1;
    return found;
  }

  async function current(call: Call<OneNote, unknown, undefined>): Promise<Current<Note> | null> {
    const found = stored.get(call.params.id);
    return found === undefined
      ? null
      : { members: found.note, validator: validatorOf(found.version), version: found.version };
  }

  function answerOf(id: string): ResourceAnswer {
    const found = stored.get(id);
    if (found === undefined) throw problem("not-found");
    return {
      kind: "resource",
      status: 200,
      resource: NoteResource,
      value: found.note,
      validator: validatorOf(found.version),
    };
  }
}

function validatorOf(version: number) {
  return { token: `v${version}`, modifiedAt: 0 };
}
