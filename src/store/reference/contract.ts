/** The wire format of categories and brands. */
import { z } from "@hono/zod-openapi";
import { cursorParameters, fieldsParameter } from "#core/contract/parameters.ts";
import { defineResource } from "#core/contract/resource.ts";
import { slugSchema } from "#features/resources/members.ts";

/** Enough for the catalogue of one store, and small enough for one value in KV. */
export const MAX_ENTRIES = 1_000;

export const countSchema = z
  .int()
  .min(1)
  .max(2_147_483_647)
  .openapi({ format: "int32", example: 36, description: "The number of products." });

const categoryId = slugSchema("keyboards").openapi({ description: "The value of `category` in products." });
const brandId = slugSchema("ergovane").openapi({ description: "The value of `brand` in products." });

export const CategorySchema = z.strictObject({ id: categoryId, count: countSchema }).openapi("Category");
export const BrandSchema = z.strictObject({ id: brandId, count: countSchema }).openapi("Brand");

export const CategoryResource = defineResource({
  name: "Category",
  collection: "categories",
  schema: CategorySchema,
  example: { id: "keyboards", count: 92 },
  path: (id) => `/v1/categories/${id}`,
});

export const BrandResource = defineResource({
  name: "Brand",
  collection: "brands",
  schema: BrandSchema,
  example: { id: "ergovane", count: 36 },
  path: (id) => `/v1/brands/${id}`,
});

export const CategoryParams = z.object({ id: categoryId });
export const BrandParams = z.object({ id: brandId });

const fields = fieldsParameter(CategorySchema, ["id"]);

export const ReferenceQuery = z.object({ fields: fields.optional() });
export const ReferenceListQuery = z.object({ ...cursorParameters(), fields: fields.optional() });

export type ReferenceListParameters = z.output<typeof ReferenceListQuery>;
