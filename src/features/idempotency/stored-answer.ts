/**
 * An answer as a record keeps it: the status, the body, the headers on a list, and what its replay is authorised by; all
 * encrypted with AES-256-GCM under a key of the deployment's secret (HKDF, RFC 5869), and bound to its record. Cookies,
 * and whatever is of one exchange alone, such as the date or the trace, are never kept.
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

/** Longer bodies are not kept: their replay is made from what was committed. */
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
 * `about`: a resource, what could be done with it then, its fields that could be read, and where the answer has a secret,
 * the client that it was given to.
 */
export type StoredAnswer = z.output<typeof storedAnswerSchema>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const keys = new Map<string, Promise<CryptoKey>>();

/** Takes from a response what may be kept of it. Undefined where that is too much. */
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

/** The answer again, as the one of another exchange. */
export function replayOf({ status, headers, body }: StoredAnswer): Response {
  return markReplayed(new Response(body, { status, headers }));
}

export function markReplayed(response: Response): Response {
  response.headers.set("Idempotent-Replayed", "true");
  return response;
}

/** `iv` is 12 bytes of chance. */
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

/** Undefined where it was not sealed for this record under this secret, such as before the secret was changed. */
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
