/** The path parameter of the steps of an authorization. */
import { z } from "@hono/zod-openapi";
import { BASE64URL } from "../form-fields.ts";

export const interactionParams = z.object({
  uid: z
    .string()
    .max(64)
    .openapi({
      pattern: BASE64URL,
      example: "u7Gq2ZxRk0pYb1cVnH5sWdTfE9aLmQoX3iJrK8MvBzC",
      param: { description: "The id of the authorization, which `/oauth/authorize` creates." },
    }),
});

/** The type of the path parameter. */
export type InteractionParams = typeof interactionParams;
