/**
 * A cache between clients and the service. `http-cache-semantics` decides what to store, whether to reuse it and how to
 * revalidate it. This file only carries out those decisions.
 */
import { createServer, type IncomingMessage } from "node:http";
import CachePolicy from "http-cache-semantics";
import { type Answer, listen, send, withoutHop } from "./upstream.ts";

interface Stored {
  readonly policy: CachePolicy;
  readonly body: Buffer;
}

export interface CachingProxy {
  readonly origin: string;
  close(): void;
}

/** `shared`: for many users, otherwise for one. It never evicts an entry. */
export async function startCachingProxy(upstream: string, shared: boolean): Promise<CachingProxy> {
  const stored = new Map<string, Stored[]>();

  async function answer(incoming: IncomingMessage, content: Buffer): Promise<Answer> {
    const { method = "GET", url = "/" } = incoming;
    const asked = { method, url, headers: withoutHop(incoming.headers) };
    const variants = stored.get(url) ?? [];
    if (method !== "GET" && method !== "HEAD") {
      const answered = await send(upstream, method, url, asked.headers, content);
      // RFC 9111 section 4.4.
      if (answered.status < 400) stored.delete(url);
      return answered;
    }
    const usable = variants.find(({ policy }) => policy.satisfiesWithoutRevalidation(asked));
    if (usable !== undefined)
      return { status: 200, headers: withoutHop(usable.policy.responseHeaders()), body: usable.body };

    const stale = variants.find(({ policy }) => {
      const tag = policy.responseHeaders()["etag"];
      return typeof tag === "string" && policy.revalidationHeaders(asked)["if-none-match"]?.includes(tag) === true;
    });
    const headers = stale?.policy.revalidationHeaders(asked) ?? asked.headers;
    const answered = await send(upstream, method, url, headers, content);
    if (stale !== undefined && answered.status === 304) {
      const { policy } = stale.policy.revalidatedPolicy(asked, answered);
      replace(url, stale, { policy, body: stale.body });
      return { status: 200, headers: withoutHop(policy.responseHeaders()), body: stale.body };
    }
    const policy = new CachePolicy(asked, answered, { shared });
    if (method === "GET" && policy.storable()) replace(url, stale, { policy, body: answered.body });
    return answered;
  }

  function replace(url: string, old: Stored | undefined, made: Stored): void {
    stored.set(url, [made, ...(stored.get(url) ?? []).filter((one) => one !== old)]);
  }

  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer); // no encoding is set
    try {
      const { status, headers, body } = await answer(incoming, Buffer.concat(chunks));
      const isUnchanged = status === 200 && incoming.headers["if-none-match"] === headers["etag"];
      outgoing.writeHead(isUnchanged ? 304 : status, headers);
      outgoing.end(isUnchanged || incoming.method === "HEAD" ? undefined : body);
    } catch (failure) {
      outgoing.writeHead(502).end(String(failure));
    }
  });
  return { origin: await listen(server), close: () => server.close() };
}
