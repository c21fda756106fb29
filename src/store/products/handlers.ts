/** What happens to products. Each handler trusts what the pipeline has checked. */

import type { z } from "@hono/zod-openapi";
import type { EmptyAnswer, ResourceAnswer } from "../../contract/answer.ts";
import type { Call, Current } from "../../contract/endpoint.ts";
import { commit, type Guard } from "../../data/commit.ts";
import { problem } from "../../http/problem.ts";
import { type Product, type ProductInput, ProductResource } from "./contract.ts";
import { findProduct, insertProduct, type ProductRow, productIsAt, updateProduct } from "./queries.ts";

type Input = z.output<typeof ProductInput>;
type OneProduct = { readonly id: string };

export async function readProduct(call: Call<OneProduct, unknown, undefined>): Promise<ResourceAnswer> {
  const row = await findProduct(call.database, call.params.id);
  if (row === undefined) throw problem("not-found");
  return answerOf(row, 200);
}

export async function currentProduct(call: Call<OneProduct, unknown, undefined>): Promise<Current | null> {
  const row = await findProduct(call.database, call.params.id);
  return row === undefined
    ? null
    : { resource: ProductResource, members: memberOf(row), validator: validatorOf(row), version: row.version };
}

export async function createProduct(call: Call<unknown, unknown, Input>): Promise<ResourceAnswer> {
  const row = {
    ...columnsOf(call.body),
    id: call.newId("prod"),
    version: 1,
    createdAt: call.now,
    updatedAt: call.now,
  };
  await commit(call.database, { guards: [], statements: [insertProduct(call.database, row)] });
  return answerOf(row, 201);
}

/** A change to nothing leaves the version, and so the ETag, as it is. */
export async function changeProduct(call: Call<OneProduct, unknown, Input>): Promise<ResourceAnswer> {
  const { current, body } = call;
  if (current === undefined) throw problem("not-found");
  const before = current.members as Product; // made by currentProduct
  if (isSame(before, body))
    return { kind: "resource", status: 200, resource: ProductResource, value: before, validator: current.validator };
  const row = {
    ...columnsOf(body),
    id: before.id,
    version: current.version + 1,
    createdAt: Date.parse(before.created_at),
    updatedAt: laterOf(call.now, current),
  };
  await commit(call.database, {
    guards: [unchangedSince(current)],
    statements: [updateProduct(call.database, row.id, row)],
  });
  return answerOf(row, 200);
}

export async function deleteProduct(call: Call<OneProduct, unknown, undefined>): Promise<EmptyAnswer> {
  const { current } = call;
  if (current === undefined) throw problem("not-found");
  // What a frozen view shows of it stays as it was.
  const tombstone = { deletedAt: laterOf(call.now, current), version: current.version + 1 };
  await commit(call.database, {
    guards: [unchangedSince(current)],
    statements: [updateProduct(call.database, current.members.id, tombstone)],
  });
  return { kind: "empty", status: 204 };
}

/** The loser of a race was told the truth at the precondition, and is told it again by the batch. */
function unchangedSince(current: Current): Guard {
  return { condition: productIsAt(current.members.id, current.version), refusal: () => problem("precondition-failed") };
}

/** A resource never changed earlier than it last did, whatever the clock says. */
function laterOf(now: number, current: Current): number {
  return Math.max(now, current.validator.modifiedAt);
}

function isSame(before: Product, input: Input): boolean {
  return JSON.stringify(columnsOf(before)) === JSON.stringify(columnsOf(input));
}

function columnsOf(input: Input) {
  return {
    name: input.name,
    description: input.description,
    category: input.category,
    brand: input.brand,
    priceAmount: input.price.amount,
    priceCurrency: input.price.currency,
    stock: input.stock,
  };
}

type Shown = Omit<ProductRow, "seq" | "deletedAt">;

export function memberOf(row: Shown): Product {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    category: row.category,
    brand: row.brand,
    price: { amount: row.priceAmount, currency: "USD" },
    stock: row.stock,
    created_at: new Date(row.createdAt).toISOString(),
    updated_at: new Date(row.updatedAt).toISOString(),
  };
}

function validatorOf(row: Shown) {
  return { token: `v${row.version.toString(36)}`, modifiedAt: row.updatedAt };
}

function answerOf(row: Shown, status: 200 | 201): ResourceAnswer {
  return { kind: "resource", status, resource: ProductResource, value: memberOf(row), validator: validatorOf(row) };
}
