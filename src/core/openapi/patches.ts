/** The two patch formats as schemas: JSON Patch (RFC 6902), and a merge patch (RFC 7396) of a resource. */
import { z } from "@hono/zod-openapi";
import type { PatchOperation } from "#core/contract/endpoint.ts";
import { memberDescription } from "#core/contract/member.ts";

const pointerSchema = z.string().max(1024).openapi({
  pattern: "^(/([^~/]|~[01])*)*$",
  description: "A JSON pointer (RFC 6901) to a location in the resource.",
});

const operationSchema = z
  .object({
    op: z
      .enum(["add", "remove", "replace", "move", "copy", "test"] satisfies PatchOperation["op"][])
      .openapi({ description: "The operation." }),
    path: pointerSchema,
    from: pointerSchema.optional().openapi({ description: "The source location of `move` and `copy`." }),
    value: z.unknown().optional().openapi({ description: "For `add`, `replace` and `test`: any JSON value." }),
  })
  .openapi("PatchOperation", { description: "One operation of a JSON Patch. Unknown members are ignored." });

export const jsonPatchSchema = z
  .array(operationSchema)
  .max(100)
  .openapi("JsonPatch", {
    description: "A JSON Patch (RFC 6902): either all operations are applied or none.",
    externalDocs: { url: "https://www.rfc-editor.org/rfc/rfc6902", description: "RFC 6902" },
  });

/** Makes every member optional, in nested objects too, because they are merged, not replaced. */
export function mergePatchSchema(schema: z.ZodObject, resourceName: string) {
  return mergeable(schema).openapi(`${resourceName}MergePatch`, {
    description: "A merge patch (RFC 7396): absent members stay unchanged.",
    externalDocs: { url: "https://www.rfc-editor.org/rfc/rfc7396", description: "RFC 7396" },
  });
}

function mergeable(schema: z.ZodObject): z.ZodObject {
  const shape = Object.entries(schema.shape).map(([name, member]) => {
    const own = (member instanceof z.ZodDefault ? member.unwrap() : member) as z.ZodType; // a shape contains schemas
    return [name, (own instanceof z.ZodObject ? mergeable(own) : own).optional()];
  });
  const merged = z.strictObject(Object.fromEntries(shape));
  const description = memberDescription(schema);
  return description === undefined ? merged : merged.openapi({ description });
}
