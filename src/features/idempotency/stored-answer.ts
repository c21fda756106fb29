/**
 * The response that an idempotency record stores: the status, the body, the listed headers, and the data that
 * authorizes a replay. It is encrypted with AES-256-GCM under a key derived from the deployment's secret (HKDF, RFC
 * 5869), and bound to its record. Cookies and headers of one exchange, such as the date or the trace, are never stored.
 */
import { z } from "@hono/zod-openapi";
import { deriveBytes } from "#core/contract/derived-key.ts";

const KEPT_HEADERS = [
  "Cache-Control",
  "Cache-Status",
  "Content-Type",
  "ETag",
  "Last-Modified",
  "Link",
  "Location",
  "Vary",
] as const;

/** Longer bodies are not stored: their replay is made from the committed resource. */
export const MAX_STORED_BYTES = 1_048_576;

const PURPOSE = "idempotency-record";
const IV_BYTES = 12;

const storedAnswerSchema = z.object({
  status: z.number(),
  headers: z.array(z.tuple([z.string(), z.string()])),
  body: z.string().nullable(),
  about: z
    .object({
      members: z.record(z.string(), z.unknown()),
      action: z.string(),
      fields: z.array(z.string()),
      clientId: z.string().optional(),
    })
    .optional(),
});

/**
 * `about`: the resource, the allowed action, and the readable fields at that time. If the response contains a secret,
 * also the client that received it.
 */
export type StoredAnswer = z.output<typeof storedAnswerSchema>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const keys = new Map<string, Promise<CryptoKey>>();

/** The part of a response to store; undefined if it is too large. */
export async function storedAnswerOf(
  response: Response,
  about: StoredAnswer["about"],
): Promise<StoredAnswer | undefined> {
  const body = response.body === null ? null : await response.clone().text();
  if (body !== null && body.length > MAX_STORED_BYTES) return undefined;
  const headers = KEPT_HEADERS.flatMap((name): [string, string][] => {
    const value = response.headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  return { status: response.status, headers, body, ...(about === undefined ? {} : { about }) };
}

/** The stored response for another exchange. */
export function replayOf({ status, headers, body }: StoredAnswer): Response {
  return markReplayed(new Response(body, { status, headers }));
}

export function markReplayed(response: Response): Response {
  response.headers.set("Idempotent-Replayed", "true");
  return response;
}

/** `iv` is 12 random bytes. */
export async function sealAnswer(
  secret: string,
  recordHash: string,
  answer: StoredAnswer,
  iv: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const content = encoder.encode(JSON.stringify(answer));
  const sealed = await crypto.subtle.encrypt(parameters(iv, recordHash), await keyOf(secret), content);
  const bytes = new Uint8Array(IV_BYTES + sealed.byteLength);
  bytes.set(iv);
  bytes.set(new Uint8Array(sealed), IV_BYTES);
  return bytes;
}

export const SEALING_RANDOM_BYTES = IV_BYTES;

/** Undefined if it was not sealed for this record under this secret, for example after a change of the secret. */
export async function openAnswer(
  secret: string,
  recordHash: string,
  sealed: Uint8Array,
): Promise<StoredAnswer | undefined> {
  const iv = new Uint8Array(sealed.slice(0, IV_BYTES));
  const content = new Uint8Array(sealed.slice(IV_BYTES));
  const opened = await crypto.subtle
    .decrypt(parameters(iv, recordHash), await keyOf(secret), content)
    .catch(() => undefined);
  if (opened === undefined) return undefined;
  return storedAnswerSchema.safeParse(JSON.parse(decoder.decode(opened))).data;
}

function parameters(iv: Uint8Array<ArrayBuffer>, recordHash: string) {
  return { name: "AES-GCM", iv, additionalData: encoder.encode(recordHash) };
}

function keyOf(secret: string): Promise<CryptoKey> {
  const known = keys.get(secret);
  if (known !== undefined) return known;
  const made = deriveKey(secret);
  keys.set(secret, made);
  return made;
}

async function deriveKey(secret: string): Promise<CryptoKey> {
  const bytes = await deriveBytes(secret, PURPOSE, 32);
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}
