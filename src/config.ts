/**
 * The only reader of the environment. It is parsed once into Settings; a deployment whose configuration is wrong
 * answers 503 and says why in its log alone.
 */
import { z } from "@hono/zod-openapi";
import packageJson from "../package.json" with { type: "json" };
import type { Settings } from "./contract/settings.ts";
import { problem } from "./http/problem.ts";
import { cleartextUrls, trustedIssuersSchema } from "./identity/trusted-issuers.ts";

const originSchema = z
  .string()
  .refine((text) => /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text, {
    error: "must be an origin: scheme and host, nothing behind",
  });

const environmentSchema = z
  .object({
    SLUICE_ENVIRONMENT: z.enum(["production", "local"]),
    SLUICE_PUBLIC_ORIGIN: z.union([z.literal(""), originSchema]),
    SLUICE_CORS_ORIGINS: z
      .string()
      .transform((text) => text.split(" ").filter((origin) => origin !== ""))
      .pipe(z.array(originSchema)),
    SLUICE_SECRET: z.string({ error: "must be set" }).min(32, { error: "must have at least 32 characters" }),
    SLUICE_TRUSTED_ISSUERS: trustedIssuersSchema,
  })
  .transform((values, context) => {
    for (const url of cleartextUrls(values.SLUICE_TRUSTED_ISSUERS, values.SLUICE_ENVIRONMENT === "local")) {
      context.addIssue({ code: "custom", path: ["SLUICE_TRUSTED_ISSUERS"], message: `${url} must be https` });
    }
    return values;
  });

let known: { readonly source: Env; readonly settings: Settings } | undefined;

/** @throws service-unavailable naming, in its cause, what is wrong */
export function readSettings(source: Env): Settings {
  if (known?.source === source) return known.settings;
  const parsed = environmentSchema.safeParse(source);
  if (!parsed.success) {
    throw problem("service-unavailable", {
      headers: { "Retry-After": "60" },
      cause: new Error(`configuration: ${z.prettifyError(parsed.error)}`),
    });
  }
  const { SLUICE_ENVIRONMENT, SLUICE_PUBLIC_ORIGIN, SLUICE_CORS_ORIGINS, SLUICE_SECRET, SLUICE_TRUSTED_ISSUERS } =
    parsed.data;
  const settings: Settings = {
    environment: SLUICE_ENVIRONMENT,
    publicOrigin: SLUICE_PUBLIC_ORIGIN === "" ? undefined : SLUICE_PUBLIC_ORIGIN,
    corsOrigins: new Set(SLUICE_CORS_ORIGINS),
    secret: SLUICE_SECRET,
    version: packageJson.version,
    trustedIssuers: SLUICE_TRUSTED_ISSUERS,
  };
  known = { source, settings };
  return settings;
}
