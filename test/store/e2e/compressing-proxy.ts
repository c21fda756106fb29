/**
 * A proxy that treats responses as Cloudflare's edge does. It compresses a 200 of JSON from 48 bytes on, unless
 * `Cache-Control` says `no-transform`, and weakens the entity tag of what it compresses (RFC 9110 section 8.8.1). It is
 * stricter than Cloudflare in one respect: it compresses every JSON media type.
 */
import { createServer, type IncomingHttpHeaders, request, type Server } from "node:http";
import { gzipSync } from "node:zlib";

const MIN_BYTES = 48;

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

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

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`);
    });
  });
}

const OF_THE_CONNECTION = new Set(["connection", "keep-alive", "transfer-encoding", "content-length", "host"]);

function withoutHop(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || OF_THE_CONNECTION.has(name) ? [] : [[name, String(value)]],
    ),
  );
}

function send(
  upstream: string,
  method: string,
  url: string,
  headers: Record<string, string>,
  content: Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = content.length > 0 ? { "content-length": String(content.length) } : {};
    const sent = request(`${upstream}${url}`, { method, headers: { ...headers, ...length } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: withoutHop(response.headers),
          body: Buffer.concat(chunks),
        }),
      );
    });
    sent.once("error", reject);
    sent.end(content);
  });
}
