/** What the proxies of these tests share: a server on a free port, and requests to the service behind it. */
import { type IncomingHttpHeaders, request, type Server } from "node:http";

type Headers = Readonly<Record<string, string | string[] | undefined>>;

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** Listens on a free port of the loopback interface, and returns the origin. */
export function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`);
    });
  });
}

const OF_THE_CONNECTION = new Set(["connection", "keep-alive", "transfer-encoding", "content-length"]);

/** The headers that a proxy passes on. */
export function withoutHop(headers: IncomingHttpHeaders | Headers): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || OF_THE_CONNECTION.has(name) ? [] : [[name, String(value)]],
    ),
  );
}

export function send(
  upstream: string,
  method: string,
  url: string,
  headers: Headers,
  content: Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = content.length > 0 ? { "content-length": String(content.length) } : {};
    const named = { ...headers, ...length, host: new URL(upstream).host };
    const sent = request(`${upstream}${url}`, { method, headers: named }, (response) => {
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
