/**
 * Key sets as they are published (RFC 7517). Of what others publish, only public signature keys with a `kid` are
 * taken, and of each key only the members that make it one: no private part, no certificate, no URL.
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

/** A key set that an operator writes: every member of it must be a public key that can be used. */
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

/** Reads a published set. Keys of kinds that we do not know are passed over (RFC 7517 section 5); undefined where none is left. */
export function readKeySet(published: unknown): KeySet | undefined {
  const parsed = publishedKeySetSchema.safeParse(published);
  if (!parsed.success) return undefined;
  const keys = parsed.data.keys.flatMap((key) => publicKeySchema.safeParse(key).data ?? []);
  return keys.length === 0 ? undefined : { keys };
}
