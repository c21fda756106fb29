/**
 * A proxy that treats responses as Cloudflare's edge does. It compresses a 200 of JSON from 48 bytes on, unless
 * `Cache-Control` says `no-transform`, and weakens the entity tag of what it compresses (RFC 9110 section 8.8.1). It is
 * stricter than Cloudflare in one respect: it compresses every JSON media type.
 */
import { createServer } from "node:http";
import { gzipSync } from "node:zlib";
import { type Answer, listen, send, withoutHop } from "./upstream.ts";

const MIN_BYTES = 48;

export interface CompressingProxy {
  readonly origin: string;
  close(): void;
}

export async function startCompressingProxy(upstream: string): Promise<CompressingProxy> {
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer); // no encoding is set
    const { method = "GET", url = "/", headers } = incoming;
    try {
      const answer = await send(upstream, method, url, withoutHop(headers), Buffer.concat(chunks));
      const accepts = String(headers["accept-encoding"] ?? "").includes("gzip");
      const given = accepts && isCompressible(answer) ? compressed(answer) : answer;
      outgoing.writeHead(given.status, given.headers).end(given.body);
    } catch (failure) {
      outgoing.writeHead(502).end(String(failure));
    }
  });
  return { origin: await listen(server), close: () => server.close() };
}

function isCompressible({ status, headers, body }: Answer): boolean {
  const isJson = /^application\/(.+\+)?json\b/.test(headers["content-type"] ?? "");
  const mayTransform = !/\bno-transform\b/.test(headers["cache-control"] ?? "");
  return status === 200 && isJson && body.byteLength >= MIN_BYTES && mayTransform && !("content-encoding" in headers);
}

function compressed({ status, headers, body }: Answer): Answer {
  const { etag, ...others } = headers;
  const weakened = etag === undefined ? {} : { etag: etag.replace(/^"/, 'W/"') };
  return { status, headers: { ...others, ...weakened, "content-encoding": "gzip" }, body: gzipSync(body) };
}
