/**
 * An entry of the edge cache: the body of a response and the headers of its representation. Headers of the exchange
 * (rate limits, correlation, CORS, cookies) are never stored, because later stages add them.
 */

/** The headers of a representation. All other headers describe the single exchange. */
const KEPT = ["Content-Type", "ETag", "Last-Modified", "Cache-Control", "Vary", "Link"] as const;

/** Larger responses are not stored. */
const MAX_BYTES = 512 * 1024;

export interface Entry {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array<ArrayBuffer>;
  /** The entity tag, with its quotes. */
  readonly etag: string;
  /** Epoch ms in whole seconds, from `Last-Modified`. */
  readonly modifiedAt: number;
}

/** Undefined if the response is not public or not a representation. The response remains readable. */
export async function entryOf(response: Response): Promise<Entry | undefined> {
  const { headers } = response;
  const etag = headers.get("ETag");
  const modifiedAt = Date.parse(headers.get("Last-Modified") ?? "");
  const isPublic = headers.get("Cache-Control")?.startsWith("public,") === true;
  if (response.status !== 200 || !isPublic || etag === null || Number.isNaN(modifiedAt)) return undefined;
  if (headers.has("Set-Cookie")) return undefined;
  const body = new Uint8Array(await response.clone().arrayBuffer());
  if (body.byteLength > MAX_BYTES) return undefined;
  const kept = KEPT.flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  return { headers: kept, body, etag, modifiedAt };
}

export function responseOf(entry: Entry): Response {
  return new Response(entry.body, { status: 200, headers: entry.headers.map(([name, value]) => [name, value]) });
}

/** The maximum size in bytes: strings take up to two bytes per character, plus a fixed overhead. */
export function sizeOf({ body, headers }: Entry): number {
  const characters = headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  return body.byteLength + 2 * characters + 1024;
}
