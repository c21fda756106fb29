/** The fields and responses of passkey requests. */
import { z } from "@hono/zod-openapi";

/** The credential that the browser created, as JSON text. */
export const credentialField = z
  .string()
  .max(16_384)
  .openapi({ pattern: "^\\{", description: "The `PublicKeyCredential` of the browser, as JSON text." });

/** A credential in the format of browsers that belongs to no passkey. */
export const PASSKEY_EXAMPLE = {
  credential: '{"id":"x","rawId":"x","type":"public-key","response":{},"clientExtensionResults":{}}',
};

const onwardSchema = z
  .strictObject({
    location: z.string().max(8192).openapi({ format: "uri-reference", description: "The URL to open next, by GET." }),
  })
  .openapi("Onward", { description: "The URL that the script of a page opens next." });

/** The response to a script that opens another page. */
export function onwardAnswer(location: string) {
  return { schema: onwardSchema, example: { location } } as const;
}
