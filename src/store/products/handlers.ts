/** The handlers of the product endpoints. They rely on the checks of the pipeline. */

import type { z } from "@hono/zod-openapi";
import type { EmptyAnswer, ResourceAnswer } from "#core/contract/answer.ts";
import type { Call, Current } from "#core/contract/endpoint.ts";
import { commit, type Guard } from "#core/data/commit.ts";
import { problem } from "#core/http/problem.ts";
import {
  answerOf,
  changeOf,
  commitChange,
  commitDeletion,
  currentOf,
  unchangedAnswer,
} from "#features/resources/versioned.ts";
import { MAX_STOCK, type Product, type ProductInput, ProductResource } from "./contract.ts";
import { findProduct, insertProduct, leavesRoom, type ProductRow, products } from "./queries.ts";

type Input = z.output<typeof ProductInput>;
type OneProduct = { readonly id: string };
type Shown = Omit<ProductRow, "seq" | "deletedAt">;

const PRODUCT = { resource: ProductResource, memberOf };

export async function readProduct(call: Call<OneProduct, unknown, undefined>): Promise<ResourceAnswer> {
  return answerOf(PRODUCT, await findProduct(call.database, call.params.id), 200);
}

export async function currentProduct(call: Call<OneProduct, unknown, undefined>): Promise<Current<Product> | null> {
  return currentOf(PRODUCT, await findProduct(call.database, call.params.id));
}

export async function createProduct(call: Call<unknown, unknown, Input>): Promise<ResourceAnswer> {
  const row = {
    ...columnsOf(call.body),
    id: call.newId("prod"),
    version: 1,
    createdAt: call.now,
    updatedAt: call.now,
  };
  await commit(call.database, { guards: [], statements: [insertProduct(call.database, row)], resourceId: row.id });
  return answerOf(PRODUCT, row, 201);
}

/** @throws conflict if the new stock and the units in open orders exceed the maximum together */
export async function changeProduct(call: Call<OneProduct, unknown, Input, Current<Product>>): Promise<ResourceAnswer> {
  const { current, body } = call;
  const change = changeOf(call, columnsOf(current.members), columnsOf(body));
  if (change === undefined) return unchangedAnswer(current, ProductResource);
  const { id, created_at } = current.members;
  await commitChange(call, products, change, {
    guards: change.stock === undefined ? [] : [fitsOpenOrders(id, change.stock)],
  });
  const { version, updatedAt } = change;
  return answerOf(PRODUCT, { ...columnsOf(body), id, version, createdAt: Date.parse(created_at), updatedAt }, 200);
}

export async function deleteProduct(
  call: Call<OneProduct, unknown, undefined, Current<Product>>,
): Promise<EmptyAnswer> {
  return commitDeletion(call, products);
}

/** Every open order can be cancelled, so its units must fit into the stock. */
function fitsOpenOrders(id: string, stock: number): Guard {
  return {
    condition: leavesRoom(id, stock, MAX_STOCK),
    refusal: (cause) =>
      problem("conflict", {
        detail: `The sum of \`stock\` and the product's units in open orders must not exceed ${MAX_STOCK}.`,
        cause,
      }),
  };
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
