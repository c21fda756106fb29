/**
 * What the edge keeps of an answer: its bytes and the headers that belong to the representation. Nothing of the exchange
 * that brought it (rate limits, correlation, CORS, cookies) is ever among them, since these are added behind.
 */

/** What belongs to a representation; any other header is of the exchange. */
const KEPT = ["Content-Type", "ETag", "Last-Modified", "Cache-Control", "Vary", "Link"] as const;

/** Larger ones are made anew each time. */
const MAX_BYTES = 512 * 1024;

export interface Entry {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array<ArrayBuffer>;
  /** The entity tag, with its quotes. */
  readonly etag: string;
  /** Epoch ms, in whole seconds as `Last-Modified` tells it. */
  readonly modifiedAt: number;
}

/** Undefined for what is not for everybody, or is no representation. The response can still be read afterwards. */
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

/** In bytes, as much as it can be: texts take up to two a character, and something surrounds all of it. */
export function sizeOf({ body, headers }: Entry): number {
  const characters = headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  return body.byteLength + 2 * characters + 1024;
}
