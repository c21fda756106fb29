/** Clients of the bench: each has an address of its own, and keeps the entity tags that it was given where it wants to. */
import { Agent, request } from "node:http";
import { ACCOUNT_HEADER } from "./counted-service.ts";

export interface ClientOptions {
  readonly origin: string;
  readonly account: string;
  readonly address: string;
  readonly token?: string | undefined;
  /** Where tags are kept, by path; undefined: each request is unconditional. */
  readonly tags?: Map<string, string> | undefined;
  /** For how long an answer serves again without being asked about, whatever has changed; 0: not at all. */
  readonly keptMs?: number;
}

export interface Exchange {
  readonly status: number;
  readonly milliseconds: number;
  /** Whether the edge gave it without asking the database. */
  readonly isHit: boolean;
}

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

export class Client {
  readonly #options: ClientOptions;
  /** Until when the answer of a path serves, by `performance.now()`. */
  readonly #kept = new Map<string, number>();

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** @throws Error for what is neither 200 nor 304 */
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
    if (exchange.status !== 200 && exchange.status !== 304) throw new Error(`${path} answered ${exchange.status}`);
    if (etag !== undefined) tags?.set(path, etag);
    this.#kept.set(path, askedAt + keptMs);
    return exchange;
  }

  /** Gives the id of what was written. @throws Error unless that succeeds */
  async write(method: string, path: string, headers: Record<string, string>, content: unknown): Promise<string> {
    const { status, body } = await this.#send(method, path, headers, JSON.stringify(content));
    if (status !== 200 && status !== 201) throw new Error(`${method} ${path} answered ${status} ${body}`);
    const { id } = JSON.parse(body) as { readonly id: string }; // a representation of our API
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
      // A connection that the other side has just ended as idle: nothing of the request was read.
      const mayRepeat = (error: NodeJS.ErrnoException) => sent.reusedSocket && error.code === "ECONNRESET";
      sent.once("error", (error) =>
        mayRepeat(error) ? resolve(this.#send(method, path, headers, content)) : reject(error),
      );
      sent.end(content);
    });
  }
}

/** Ends the connections of all clients. */
export function hangUp(): void {
  agent.destroy();
}
