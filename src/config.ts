/**
 * The only reader of the environment. It parses the variables once into Settings. If they are invalid, requests get
 * 503, and only the log says why.
 */
import { z } from "@hono/zod-openapi";
import type { Settings } from "#core/contract/settings.ts";
import { problem } from "#core/http/problem.ts";
import { cleartextUrls, isCleartext, trustedIssuersSchema } from "#features/identity/trusted-issuers.ts";
import packageJson from "../package.json" with { type: "json" };

const originSchema = z
  .string()
  .refine((text) => /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text, {
    error: "must be an origin: scheme and host, without a path",
  });

/** RFC 9116 section 2.5.3. */
const contactSchema = z
  .string()
  .max(2048)
  .regex(/^(?:mailto:|tel:|https:\/\/)[\x21-\x7e]+$/, { error: "must be a mailto:, tel: or https: URL" });

/** The demo administrator, which exists only on the local server. */
const LOCAL_CONTACT = "mailto:admin@example.com";

const hostUrlSchema = z.url({ protocol: /^https?$/ }).max(2048);

/** One week. An unpaid order that holds its units for longer would be a reservation. */
const MAX_EXPIRY_MINUTES = 10_080;
const MAX_UNPAID_UNITS = 1_000_000_000;

/** A whole number from 1 to `max`. */
function countSchema(max: number) {
  const error = `must be a whole number from 1 to ${max}`;
  return z
    .string()
    .regex(/^[1-9][0-9]{0,9}$/, { error })
    .transform(Number)
    .refine((count) => count <= max, { error });
}

const doorSchema = z.enum(["open", "closed"]);

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
    SLUICE_SIGN_UP: doorSchema,
    SLUICE_CLIENT_REGISTRATION: doorSchema,
    SLUICE_DPOP_NONCES: z.enum(["required", "optional"]),
    SLUICE_EDGE: z.enum(["on", "off"]),
    SLUICE_ORDER_EXPIRY_MINUTES: countSchema(MAX_EXPIRY_MINUTES),
    SLUICE_UNPAID_UNITS_PER_ACCOUNT: countSchema(MAX_UNPAID_UNITS),
    SLUICE_UNPAID_UNITS_PER_PRODUCT: countSchema(MAX_UNPAID_UNITS),
    SLUICE_SECURITY_CONTACT: z.union([z.literal(""), contactSchema]).default(""),
    // Only the local server sets it, so a deployment has no demo account.
    SLUICE_DEMO_CLIENT: z.string().default(""),
    SLUICE_MAIL_URL: z.union([z.literal(""), hostUrlSchema]),
    SLUICE_MAIL_FROM: z.string().max(320),
    SLUICE_MAIL_TOKEN: z.string().default(""),
    SLUICE_TURNSTILE_SITE_KEY: z.string().max(255),
    SLUICE_TURNSTILE_SECRET: z.string().default(""),
    SLUICE_TURNSTILE_URL: hostUrlSchema,
  })
  .transform((values, context) => {
    const isLocal = values.SLUICE_ENVIRONMENT === "local";
    const refuse = (path: keyof typeof values, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    for (const url of cleartextUrls(values.SLUICE_TRUSTED_ISSUERS, isLocal)) {
      refuse("SLUICE_TRUSTED_ISSUERS", `${url} must be https`);
    }
    if (values.SLUICE_PUBLIC_ORIGIN.startsWith("http:") && !isLocal) refuse("SLUICE_PUBLIC_ORIGIN", "must be https");
    for (const name of ["SLUICE_MAIL_URL", "SLUICE_TURNSTILE_URL"] as const) {
      if (values[name] !== "" && isCleartext(values[name], isLocal)) refuse(name, "must be https");
    }
    if (values.SLUICE_MAIL_URL !== "") {
      if (values.SLUICE_MAIL_TOKEN === "") refuse("SLUICE_MAIL_TOKEN", "must be set with SLUICE_MAIL_URL");
      if (values.SLUICE_MAIL_FROM === "") refuse("SLUICE_MAIL_FROM", "must be set with SLUICE_MAIL_URL");
    }
    if ((values.SLUICE_TURNSTILE_SITE_KEY === "") !== (values.SLUICE_TURNSTILE_SECRET === "")) {
      refuse("SLUICE_TURNSTILE_SECRET", "must be set if and only if SLUICE_TURNSTILE_SITE_KEY is set");
    }
    return values;
  });

let known: { readonly source: Env; readonly settings: Settings } | undefined;

/** @throws service-unavailable; its cause names the invalid variables */
export function readSettings(source: Env): Settings {
  if (known?.source === source) return known.settings;
  const parsed = environmentSchema.safeParse(source);
  if (!parsed.success) {
    throw problem("service-unavailable", {
      headers: { "Retry-After": "60" },
      cause: new Error(`configuration: ${z.prettifyError(parsed.error)}`),
    });
  }
  const settings = settingsOf(parsed.data);
  known = { source, settings };
  return settings;
}

function settingsOf(values: z.output<typeof environmentSchema>): Settings {
  const isLocal = values.SLUICE_ENVIRONMENT === "local";
  return {
    environment: values.SLUICE_ENVIRONMENT,
    publicOrigin: values.SLUICE_PUBLIC_ORIGIN === "" ? undefined : values.SLUICE_PUBLIC_ORIGIN,
    corsOrigins: new Set(values.SLUICE_CORS_ORIGINS),
    secret: values.SLUICE_SECRET,
    version: packageJson.version,
    trustedIssuers: values.SLUICE_TRUSTED_ISSUERS,
    signUp: values.SLUICE_SIGN_UP,
    clientRegistration: values.SLUICE_CLIENT_REGISTRATION,
    dpopNonces: values.SLUICE_DPOP_NONCES,
    edge: values.SLUICE_EDGE,
    orders: {
      expiryMinutes: values.SLUICE_ORDER_EXPIRY_MINUTES,
      maxUnpaidUnitsPerAccount: values.SLUICE_UNPAID_UNITS_PER_ACCOUNT,
      maxUnpaidUnitsPerProduct: values.SLUICE_UNPAID_UNITS_PER_PRODUCT,
    },
    demoClient: isLocal && values.SLUICE_DEMO_CLIENT !== "" ? values.SLUICE_DEMO_CLIENT : undefined,
    securityContact: values.SLUICE_SECURITY_CONTACT || (isLocal ? LOCAL_CONTACT : undefined),
    mail:
      values.SLUICE_MAIL_URL === ""
        ? undefined
        : { url: values.SLUICE_MAIL_URL, token: values.SLUICE_MAIL_TOKEN, from: values.SLUICE_MAIL_FROM },
    turnstile:
      values.SLUICE_TURNSTILE_SITE_KEY === ""
        ? undefined
        : {
            siteKey: values.SLUICE_TURNSTILE_SITE_KEY,
            secret: values.SLUICE_TURNSTILE_SECRET,
            url: values.SLUICE_TURNSTILE_URL,
          },
  };
}
