/** Clients of the benchmark. Each has its own address and can keep ETags. */
import { Agent, request } from "node:http";
import { ACCOUNT_HEADER } from "./counted-service.ts";

export interface ClientOptions {
  readonly origin: string;
  readonly account: string;
  readonly address: string;
  readonly token?: string | undefined;
  /** ETags by path; undefined: every request is unconditional. */
  readonly tags?: Map<string, string> | undefined;
  /** How long a response is reused without revalidation. 0: never. */
  readonly keptMs?: number;
}

export interface Exchange {
  readonly status: number;
  readonly milliseconds: number;
  /** Whether the edge served it without the database. */
  readonly isHit: boolean;
}

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

export class Client {
  readonly #options: ClientOptions;
  /** Until when the response of a path is reused, by `performance.now()`. */
  readonly #kept = new Map<string, number>();

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** @throws Error for any status except 200 and 304 */
  async get(path: string): Promise<Exchange> {
    const { tags, keptMs = 0 } = this.#options;
    const askedAt = performance.now();
    if (askedAt < (this.#kept.get(path) ?? 0)) return { status: 200, milliseconds: 0, isHit: false };
    const known = tags?.get(path);
    const {
      etag,
      body: _body,
      ...exchange
    } = await this.#send("GET", path, known === undefined ? {} : { "If-None-Match": known });
    if (exchange.status !== 200 && exchange.status !== 304)
      throw new Error(`${path} responded with ${exchange.status}`);
    if (etag !== undefined) tags?.set(path, etag);
    this.#kept.set(path, askedAt + keptMs);
    return exchange;
  }

  /** Returns the id of the written resource. @throws Error unless the write succeeds */
  async write(method: string, path: string, headers: Record<string, string>, content: unknown): Promise<string> {
    const { status, body } = await this.#send(method, path, headers, JSON.stringify(content));
    if (status !== 200 && status !== 201) throw new Error(`${method} ${path} responded with ${status} ${body}`);
    const { id } = JSON.parse(body) as { readonly id: string }; // a representation of a resource
    return id;
  }

  #send(
    method: string,
    path: string,
    headers: Record<string, string>,
    content?: string,
  ): Promise<Exchange & { readonly etag: string | undefined; readonly body: string }> {
    const { origin, account, address, token } = this.#options;
    const all: Record<string, string> = { ...headers, [ACCOUNT_HEADER]: account, "CF-Connecting-IP": address };
    if (token !== undefined) all["Authorization"] = `Bearer ${token}`;
    const sentAt = performance.now();
    return new Promise((resolve, reject) => {
      const sent = request(`${origin}${path}`, { method, agent, headers: all }, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (text: string) => {
          body += text;
        });
        response.once("end", () =>
          resolve({
            body,
            status: response.statusCode ?? 0,
            milliseconds: performance.now() - sentAt,
            isHit: String(response.headers["cache-status"]).includes("hit"),
            etag: response.headers.etag,
          }),
        );
      });
      // The server has just closed the idle connection without reading the request.
      const mayRepeat = (error: NodeJS.ErrnoException) => sent.reusedSocket && error.code === "ECONNRESET";
      sent.once("error", (error) =>
        mayRepeat(error) ? resolve(this.#send(method, path, headers, content)) : reject(error),
      );
      sent.end(content);
    });
  }
}

/** Closes the connections of all clients. */
export function hangUp(): void {
  agent.destroy();
}
