/**
 * Stage 7, request content: checks the body's media type and encoding (415) and its size (413), as declared and as
 * received. The body must arrive within 30 seconds (400). The bytes are read here, but parsed only after the
 * preconditions.
 */
import type { Body, Endpoint } from "#core/contract/endpoint.ts";
import { stage } from "#core/contract/stage.ts";
import { within } from "#core/data/within.ts";
import { isUtf8, parseMediaType } from "#core/http/media-type.ts";
import { Problem, problem } from "#core/http/problem.ts";
import { FORM } from "./form.ts";

export const MAX_BODY_BYTES = 1_048_576;

/** How long a body may take to arrive. */
const BODY_PATIENCE_MS = 30_000;

export const MERGE_PATCH = "application/merge-patch+json";
export const JSON_PATCH = "application/json-patch+json";
export const ACCEPT_PATCH = `${MERGE_PATCH}, ${JSON_PATCH}`;
const JSON_TYPE = "application/json";

const ACCEPTED: Readonly<Record<Body["kind"], readonly string[]>> = {
  json: [JSON_TYPE],
  patch: [MERGE_PATCH, JSON_PATCH],
  form: [FORM],
};

/** The media types that an endpoint accepts, as in `Accept-Post`. JSON if the endpoint has no body. */
export function acceptedBy({ contract }: Endpoint): string {
  return ACCEPTED[contract.body?.kind ?? "json"].join(", ");
}

/** @throws unsupported-media-type, content-too-large, malformed-request if the body is incomplete or too slow */
export const receiveContent = stage(
  "receiveContent",
  { requires: ["endpoint"], provides: ["content"] },
  async (request, next) => {
    const { raw } = request.http.req;
    const { body } = request.endpoint.contract;
    if (body !== undefined) refuseOtherContent(raw.headers, body);
    const declared = raw.headers.get("content-length");
    if (declared !== null && Number(declared) > MAX_BODY_BYTES) throw tooLarge();
    if (body !== undefined) request.content = await readBounded(raw.body, USUAL);
    await next();
  },
);

/** Refuses a `Content-Encoding`, which no endpoint supports. @throws unsupported-media-type */
export function refuseEncodedContent(headers: Headers): void {
  const encoding = headers.get("content-encoding");
  if (encoding !== null && encoding.toLowerCase() !== "identity") {
    throw problem("unsupported-media-type", {
      detail: "Send the body without a content encoding.",
      headers: { "Accept-Encoding": "identity" },
    });
  }
}

/** @throws unsupported-media-type for text in a charset other than UTF-8 */
export function refuseOtherCharset(headers: Headers): void {
  const type = parseMediaType(headers.get("content-type") ?? "");
  if (type === undefined || isUtf8(type)) return;
  throw problem("unsupported-media-type", { detail: "The body must be in UTF-8." });
}

function refuseOtherContent(headers: Headers, body: Body): void {
  refuseEncodedContent(headers);
  const type = parseMediaType(headers.get("content-type") ?? "");
  const accepted = ACCEPTED[body.kind];
  if (type !== undefined && accepted.includes(type.essence) && isUtf8(type)) return;
  const list = accepted.join(", ");
  throw problem("unsupported-media-type", {
    detail: `The body must be ${accepted.join(" or ")} in UTF-8.`,
    headers: { Accept: list, [body.kind === "patch" ? "Accept-Patch" : "Accept-Post"]: list },
  });
}

/**
 * The same request with its body already read. Its charset is UTF-8 under the registered name, or absent.
 *
 * @throws unsupported-media-type for another charset
 * @throws content-too-large, malformed-request if the body is incomplete
 */
export async function boundBody(request: Request): Promise<Request> {
  if (request.body === null) return request;
  refuseOtherCharset(request.headers);
  if (Number(request.headers.get("content-length")) > MAX_BODY_BYTES) throw tooLarge();
  return new Request(request, { body: await readBounded(request.body, USUAL) });
}

interface Bounds {
  readonly maxBytes: number;
  readonly patienceMs: number;
}

const USUAL: Bounds = { maxBytes: MAX_BODY_BYTES, patienceMs: BODY_PATIENCE_MS };

/**
 * Reads a body within bounds of size and time, because a slow body occupies one of the sender's request slots.
 *
 * @throws content-too-large, malformed-request if the body is incomplete or too slow
 */
export async function readBounded(
  stream: ReadableStream<Uint8Array> | null,
  { maxBytes, patienceMs }: Bounds,
): Promise<Uint8Array<ArrayBuffer>> {
  if (stream === null) return new Uint8Array();
  const content = await within(readAll(stream, maxBytes), patienceMs);
  if (content !== undefined) return content.value;
  throw problem("malformed-request", { detail: "The body did not arrive in time." });
}

async function readAll(stream: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // An error leaves the loop and cancels the stream, so the rest of the body is never buffered.
    for await (const chunk of stream) {
      size += chunk.byteLength;
      if (size > maxBytes) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw problem("malformed-request", { detail: "The body is incomplete.", cause: error });
  }
  return joined(chunks, size);
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

function tooLarge(): Problem {
  return problem("content-too-large", { detail: `The body may have at most ${MAX_BODY_BYTES} bytes.` });
}
