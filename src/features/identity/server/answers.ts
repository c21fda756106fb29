/** Responses that several endpoints of the authorization server share, for the OpenAPI document. */
import type { z } from "@hono/zod-openapi";
import { htmlExample, htmlPageSchema } from "#core/contract/html-page.ts";
import type { ProtocolResponse } from "#core/contract/protocol.ts";
import { errorSchema } from "./schemas.ts";

export const TAG = "OAuth";

export function answer(description: string, schema: z.ZodType, example: unknown): ProtocolResponse {
  return { description, content: { mediaType: "application/json", schema, example } };
}

export const TO_THE_NEXT_STEP: ProtocolResponse = {
  description: "Redirects to the next step, or back to the client with `code` or `error`.",
};

/** The person sees the error if it cannot be sent to the client. */
export const REFUSED: ProtocolResponse = {
  description: "The request is invalid, and the browser cannot be redirected to the client.",
  content: { mediaType: "text/html", schema: htmlPageSchema, example: htmlExample("The app's request is not valid") },
};

export const WRONG = answer("The request is invalid.", errorSchema, {
  error: "invalid_grant",
  error_description: "grant request is invalid",
});

export const UNKNOWN_CLIENT = answer("Client authentication failed.", errorSchema, {
  error: "invalid_client",
  error_description: "client authentication failed",
});
