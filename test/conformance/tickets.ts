/** A small resource in D1 whose writes take effect once: tickets, which their owners create, change and close. */
import { env } from "cloudflare:workers";
import { z } from "@hono/zod-openapi";
import { eq, sql } from "drizzle-orm";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { AbilityRules } from "#core/contract/ability.ts";
import type { ResourceAnswer } from "#core/contract/answer.ts";
import { type Call, type Current, endpoint } from "#core/contract/endpoint.ts";
import type { Principal } from "#core/contract/principal.ts";
import { defineResource } from "#core/contract/resource.ts";
import { commit, type Guard } from "#core/data/commit.ts";
import { problem } from "#core/http/problem.ts";
import type { ProblemName } from "#core/http/problem-types.ts";

const tickets = sqliteTable("tickets", {
  id: text().primaryKey(),
  userId: text().notNull(),
  text: text().notNull(),
  state: text().notNull(),
  version: integer().notNull(),
});

type Row = typeof tickets.$inferSelect;

const writable = { text: z.string().min(1).max(100) };
const TicketInput = z.strictObject(writable);
const TicketSchema = z.strictObject({ id: z.string(), user_id: z.string(), ...writable, state: z.string() });
type Ticket = z.output<typeof TicketSchema>;

const TicketResource = defineResource({
  name: "Ticket",
  collection: "tickets",
  schema: TicketSchema,
  example: { id: "tick_1", user_id: "user_ada", text: "Broken", state: "open" },
  path: (id) => `/v1/tickets/${id}`,
});

const Params = z.object({ id: z.string().regex(/^tick_[0-9a-z]+$/) });
const about = { tag: "Tickets", summary: "", description: "" } as const;
const none = { limit: { cost: "read" }, cache: "no-store", precondition: "none" } as const;

export const ticketAbilities: AbilityRules = (principal, allow) => {
  if (principal.kind === "anonymous") return;
  const own = { user_id: principal.id };
  if (principal.roles.includes("customer")) allow("create", "tickets");
  allow("read", "tickets", own);
  allow("update", "tickets", own);
  allow("rotate", "tickets", { ...own, state: "open" });
};

export async function createTicketsTable(): Promise<void> {
  await env.DB.prepare(
    "CREATE TABLE tickets (id TEXT PRIMARY KEY, user_id TEXT NOT NULL, text TEXT NOT NULL, state TEXT NOT NULL, version INTEGER NOT NULL) STRICT",
  ).run();
}

export async function countTickets(userId: string): Promise<number> {
  return (
    (await env.DB.prepare("SELECT count(*) AS n FROM tickets WHERE user_id = ?").bind(userId).first<number>("n")) ?? 0
  );
}

/** The error that the handler throws for each of these texts. */
const REFUSALS: Readonly<Record<string, ProblemName>> = {
  "sold out": "conflict",
  "not valid after all": "validation-error",
  "not there": "not-found",
  "not you": "forbidden",
};

export const ticketEndpoints = [
  endpoint({
    contract: {
      ...about,
      operationId: "createTicket",
      method: "POST",
      path: "/v1/tickets",
      query: z.object({ urgent: z.string().optional() }),
      body: { kind: "json", schema: TicketInput, example: { text: "Broken" } },
      success: { kind: "resource", status: 201, resource: TicketResource },
    },
    policy: { access: { action: "create", subject: "tickets" }, ...none, idempotency: "required" },
    handler: createTicket,
  }),
  endpoint({
    contract: {
      ...about,
      operationId: "readTicket",
      method: "GET",
      path: "/v1/tickets/{id}",
      params: Params,
      success: { kind: "resource", status: 200, resource: TicketResource },
    },
    policy: {
      access: { action: "read", subject: "tickets" },
      cache: { scope: "private", freshForSeconds: 0 },
      limit: { cost: "read" },
      precondition: "none",
      idempotency: "none",
    },
    handler: async (call) => answerOf(await find(call), 200),
  }),
  endpoint({
    contract: {
      ...about,
      operationId: "changeTicket",
      method: "PATCH",
      path: "/v1/tickets/{id}",
      params: Params,
      body: { kind: "patch", schema: TicketInput, mergeExample: {}, patchExample: [] },
      success: { kind: "resource", status: 200, resource: TicketResource },
    },
    policy: {
      access: { action: "update", subject: "tickets" },
      cache: "no-store",
      limit: { cost: "write" },
      precondition: "required",
      idempotency: "honoured",
    },
    current,
    handler: async (call) => write(call, { text: call.body.text }),
  }),
  endpoint({
    contract: {
      ...about,
      operationId: "closeTicket",
      method: "POST",
      path: "/v1/tickets/{id}/close",
      params: Params,
      success: { kind: "resource", status: 200, resource: TicketResource },
    },
    policy: { access: { action: "rotate", subject: "tickets" }, ...none, idempotency: "required" },
    current,
    handler: async (call) => write(call, { state: "closed" }),
  }),
  endpoint({
    contract: {
      ...about,
      operationId: "deleteTicket",
      method: "DELETE",
      path: "/v1/tickets/{id}",
      params: Params,
      success: { kind: "empty", status: 204 },
    },
    policy: { access: "public", ...none, idempotency: "none" },
    handler: async ({ database, params }) => {
      const deleted = database.orm.delete(tickets).where(eq(tickets.id, params.id));
      await commit(database, { guards: [], statements: [deleted] });
      return { kind: "empty", status: 204 };
    },
  }),
];

async function createTicket(call: Call<unknown, unknown, z.output<typeof TicketInput>>): Promise<ResourceAnswer> {
  const { database, body, principal } = call;
  const row = { id: call.newId("tick"), userId: idOf(principal), text: body.text, state: "open", version: 1 };
  const refusal = REFUSALS[body.text];
  if (body.text === "fails before") throw new Error("a failure of the service");
  const guard: Guard = { condition: sql`0`, refusal: (cause) => problem(refusal ?? "conflict", { cause }) };
  await commit(database, {
    guards: refusal === undefined ? [] : [guard],
    statements: [database.orm.insert(tickets).values(row)],
    resourceId: row.id,
  });
  if (body.text === "writes twice") {
    await commit(database, { guards: [], statements: [database.orm.insert(tickets).values({ ...row, id: "tick_2" })] });
  }
  if (body.text === "fails after") throw new Error("a failure of the service");
  return answerOf(row, 201);
}

async function write(
  call: Call<{ id: string }, unknown, unknown, Current>,
  change: Partial<Row>,
): Promise<ResourceAnswer> {
  const { database, current, params } = call;
  const version = current.version + 1;
  await commit(database, {
    guards: [
      {
        condition: sql`EXISTS (SELECT 1 FROM tickets WHERE id = ${params.id} AND version = ${current.version})`,
        refusal: (cause) => problem("precondition-failed", { cause }),
      },
    ],
    statements: [
      database.orm
        .update(tickets)
        .set({ ...change, version })
        .where(eq(tickets.id, params.id)),
    ],
  });
  const { id, user_id, text: former, state } = current.members as Ticket; // the members of a ticket
  return answerOf({ id, userId: user_id, text: former, state, ...change, version }, 200);
}

async function current(call: Call<{ id: string }, unknown, undefined>): Promise<Current<Ticket> | null> {
  const [row] = await call.database.orm.select().from(tickets).where(eq(tickets.id, call.params.id));
  return row === undefined ? null : { members: memberOf(row), validator: validatorOf(row), version: row.version };
}

async function find(call: Call<{ id: string }, unknown, unknown>): Promise<Row> {
  const [row] = await call.database.orm.select().from(tickets).where(eq(tickets.id, call.params.id));
  if (row === undefined) throw problem("not-found");
  return row;
}

function answerOf(row: Row, status: 200 | 201): ResourceAnswer {
  return { kind: "resource", status, resource: TicketResource, value: memberOf(row), validator: validatorOf(row) };
}

function memberOf(row: Row): Ticket {
  return { id: row.id, user_id: row.userId, text: row.text, state: row.state };
}

function validatorOf({ version }: Row) {
  return { token: `v${version}`, modifiedAt: 0 };
}

function idOf(principal: Principal): string {
  return principal.kind === "anonymous" ? "" : principal.id;
}
