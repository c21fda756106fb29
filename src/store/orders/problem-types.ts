/** The problems that only orders have. */
import type { ProblemType } from "#core/http/problem-types.ts";

export const OUT_OF_STOCK: ProblemType = {
  name: "out-of-stock",
  status: 409,
  title: "Not enough stock",
  retryable: false,
  cause: "The order asks for more units of a product than are in stock. No order was placed.",
  fix: "Reduce the quantity, or remove the product from the order.",
  detail: "A product in the order does not have enough units in stock.",
};
