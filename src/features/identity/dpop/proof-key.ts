/**
 * The public key in a proof's header. The client chooses it, so it must have one exact form. It is a public key of the
 * type that its algorithm needs, of bounded size, without private members.
 */
import { z } from "@hono/zod-openapi";
import type { PROOF_ALGORITHMS } from "../challenge.ts";

type ProofAlgorithm = (typeof PROOF_ALGORITHMS)[number];

/** The members that define the key and its thumbprint (RFC 7638 section 3.2). */
export type PublicProofKey = z.output<(typeof keys)[ProofAlgorithm]>;

const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "r", "t"];

const text = (characters: number) => z.string().regex(new RegExp(`^[A-Za-z0-9_-]{${characters}}$`));

const rsa = z.object({
  kty: z.literal("RSA"),
  // 2048 to 4096 bits.
  n: z.string().regex(/^[A-Za-z0-9_-]{342,683}$/),
  e: z.literal("AQAB"),
});
const edwards = z.object({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: text(43) });

const keys = {
  ES256: z.object({ kty: z.literal("EC"), crv: z.literal("P-256"), x: text(43), y: text(43) }),
  ES384: z.object({ kty: z.literal("EC"), crv: z.literal("P-384"), x: text(64), y: text(64) }),
  PS256: rsa,
  RS256: rsa,
  EdDSA: edwards,
  Ed25519: edwards,
} as const satisfies Record<ProofAlgorithm, z.ZodType>;

/** The key of a header's `jwk`, or undefined if it is not a public key for `alg`. Other members are dropped. */
export function publicProofKey(
  jwk: Readonly<Record<string, unknown>>,
  alg: ProofAlgorithm,
): PublicProofKey | undefined {
  if (PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name))) return undefined;
  return keys[alg].safeParse(jwk).data;
}
