/** What scripts and the service say to each other about passkeys. */
import { z } from "@hono/zod-openapi";

/** What the browser made, as text. */
export const credentialField = z
  .string()
  .max(16_384)
  .openapi({ pattern: "^\\{", description: "What the browser's `PublicKeyCredential` is as JSON, as text." });

/** Of the form that browsers give it, and of no passkey. */
export const PASSKEY_EXAMPLE = {
  credential: '{"id":"x","rawId":"x","type":"public-key","response":{},"clientExtensionResults":{}}',
};

const onwardSchema = z
  .strictObject({
    location: z.string().max(8192).openapi({ format: "uri-reference", description: "Where to go on, by GET." }),
  })
  .openapi("Onward", { description: "Where a page's script goes on." });

/** The answer to a script that goes on elsewhere. */
export function onwardAnswer(location: string) {
  return { schema: onwardSchema, example: { location } } as const;
}
