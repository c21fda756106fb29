/**
 * Published key sets (RFC 7517). From other issuers' sets only public signature keys with a `kid` are read. Only the
 * members that define a key are kept: no private part, certificate or URL.
 */
import { z } from "@hono/zod-openapi";
import type { KeySet, PublicKey } from "#core/contract/settings.ts";

const MAX_KEYS = 100;
const member = z.string().max(2048);

const publicKeySchema = z.object({
  kty: z.enum(["EC", "RSA", "OKP"]),
  kid: z.string().min(1).max(255),
  alg: member.optional(),
  use: member.optional(),
  key_ops: z.array(member).max(16).optional(),
  crv: member.optional(),
  x: member.optional(),
  y: member.optional(),
  n: member.optional(),
  e: member.optional(),
}) satisfies z.ZodType<PublicKey>;

/** A key set that an operator configures: each entry must be a usable public key. */
export const configuredKeySetSchema = z.strictObject({
  keys: z
    .array(
      z
        .looseObject({})
        .refine((key) => !("d" in key || "k" in key), { error: "must be a public key" })
        .pipe(publicKeySchema),
    )
    .min(1)
    .max(MAX_KEYS),
});

const publishedKeySetSchema = z.object({ keys: z.array(z.unknown()).max(MAX_KEYS) });

/**
 * Reads a published set. Keys of unknown types are ignored (RFC 7517 section 5); undefined if no usable key is left.
 */
export function readKeySet(published: unknown): KeySet | undefined {
  const parsed = publishedKeySetSchema.safeParse(published);
  if (!parsed.success) return undefined;
  const keys = parsed.data.keys.flatMap((key) => publicKeySchema.safeParse(key).data ?? []);
  return keys.length === 0 ? undefined : { keys };
}
