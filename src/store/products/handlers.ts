/** The handler of a product's change. It relies on the checks of the pipeline. */
import type { z } from "@hono/zod-openapi";
import type { ResourceAnswer } from "#core/contract/answer.ts";
import type { Guard } from "#core/data/commit.ts";
import { problem } from "#core/http/problem.ts";
import { type ChangeCall, changeRow } from "#features/resources/collections/handlers.ts";
import { productCollection } from "./collection.ts";
import { MAX_STOCK, type Product, type ProductInput } from "./contract.ts";
import { leavesRoom } from "./queries.ts";

/** @throws conflict if the new stock and the units in open orders exceed the maximum together */
export async function changeProduct(call: ChangeCall<Product, z.output<typeof ProductInput>>): Promise<ResourceAnswer> {
  const { id, stock } = call.current.members;
  const guards = call.body.stock === stock ? [] : [fitsOpenOrders(id, call.body.stock)];
  return changeRow(productCollection, call, { guards });
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
