/**
 * A soak of reads: writers that read back what they wrote, with readers of all kinds beside them. Each response is
 * checked against the known writes:
 * - no writer and no caller with credentials sees a state that was superseded before its request;
 * - no other caller sees a state older than the edge allows;
 * - one ETag stands for one content;
 * - no page of a walk shows an older state than the page before.
 */
import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { pick, type Random, randomOf } from "../seed/random.ts";

export interface ReadPlan {
  readonly origin: string;
  /** May change products, and has limits that are high enough. */
  readonly staffToken: string;
  readonly customerToken: string;
  /** One product per writer. */
  readonly products: readonly string[];
  /** Lists of one page that contain all products, and a walk through them. */
  readonly lists: readonly string[];
  readonly walk: string;
  readonly seconds: number;
  readonly readers: number;
  readonly seed: number;
  onProgress(progress: ReadProgress): void;
}

export interface ReadProgress {
  readonly seconds: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly faults: readonly string[];
  /** The oldest state that an anonymous caller saw: how long it had been superseded, in milliseconds. */
  readonly oldestMs: number;
}

/** The maximum age of the edge, plus one second for truncated times. */
const BOUND_MS = 5000 + 1000;

type Kind = "writer" | "token" | "anonymous";

interface ReadRequest {
  readonly kind: Kind;
  readonly path: string;
  readonly headers?: Record<string, string>;
  /** The minimum value that the response must show, by product. */
  readonly since?: ReadonlyMap<string, number>;
}

interface ReadResponse {
  readonly status: number;
  readonly etag: string;
  readonly bookmark: string | undefined;
  readonly body: string;
}

/** The writes to one product: when each state was acknowledged, in milliseconds. */
class History {
  readonly #acknowledgedAt: number[] = [];

  acknowledge(value: number, at: number): void {
    this.#acknowledgedAt[value] = at;
  }

  /** How long before `at` the state was certainly superseded. Zero or negative if it was not. */
  supersededFor(value: number, at: number): number {
    const next = this.#acknowledgedAt[value + 1];
    return next === undefined ? 0 : at - next;
  }
}

export class ReadSoak {
  readonly #plan: ReadPlan;
  readonly #histories = new Map<string, History>();
  /** The content of each ETag of each URL. */
  readonly #contents = new Map<string, string>();
  readonly #shown = new Map<string, ReadonlyMap<string, number>>();
  readonly #counts = new Map<string, number>();
  readonly #faults: string[] = [];
  #oldestMs = 0;
  #endsAt = 0;

  constructor(plan: ReadPlan) {
    this.#plan = plan;
    for (const id of plan.products) this.#histories.set(id, new History());
  }

  async run(): Promise<ReadProgress> {
    const { products, readers, seconds, seed, onProgress } = this.#plan;
    const startedAt = performance.now();
    this.#endsAt = startedAt + seconds * 1000;
    const progress = (): ReadProgress => ({
      seconds: (performance.now() - startedAt) / 1000,
      counts: this.#counts,
      faults: this.#faults,
      oldestMs: this.#oldestMs,
    });
    const ticking = setInterval(() => onProgress(progress()), 1000);
    try {
      // Each reader knows the first state.
      for (const id of products) await this.#write(id, 0);
      await Promise.all([
        ...products.map((id, index) => this.#writeAndRead(id, randomOf(`writer-${seed}-${index}`))),
        ...Array.from({ length: readers }, (_, index) => this.#read(index, randomOf(`reader-${seed}-${index}`))),
        this.#walkPages(randomOf(`walker-${seed}`)),
      ]);
    } finally {
      clearInterval(ticking);
    }
    return progress();
  }

  get #isOver(): boolean {
    return performance.now() >= this.#endsAt || this.#faults.length >= 20;
  }

  /** Changes its product, and checks in every way that reads show the change. */
  async #writeAndRead(id: string, random: Random): Promise<void> {
    const { staffToken, lists } = this.#plan;
    const own = { Authorization: `Bearer ${staffToken}` };
    const path = `/v1/products/${id}`;
    const tags = new Map<string, string>();
    for (let value = 1; !this.#isOver; value += 1) {
      const { bookmark } = await this.#write(id, value);
      const since = new Map([[id, value]]);
      const bookmarkHeaders: Record<string, string> = bookmark === undefined ? own : { "X-Bookmark": bookmark };
      for (const read of [path, ...lists]) {
        for (const headers of [own, bookmarkHeaders]) {
          const key = `${read} ${Object.keys(headers)}`;
          const known = random() < 0.5 ? tags.get(key) : undefined;
          const condition: Record<string, string> = known === undefined ? {} : { "If-None-Match": known };
          const { status, etag } = await this.#get({
            kind: "writer",
            path: read,
            headers: { ...headers, ...condition },
            since,
          });
          if (status === 304 && known !== etag) this.#fault(`${read}: 304 with ${etag} for ${known}`);
          if (etag !== "") tags.set(key, etag);
        }
      }
      await setTimeout(100 + random() * 900);
    }
  }

  async #write(id: string, value: number): Promise<ReadResponse> {
    for (;;) {
      const headers = { "Content-Type": "application/merge-patch+json", "If-Match": "*" };
      const response = await this.#send(
        "PATCH",
        `/v1/products/${id}`,
        "10.20.0.1",
        this.#plan.staffToken,
        headers,
        value,
      );
      // Another writer may have changed the list's generation first, so nothing was written.
      if (response.status !== 200) continue;
      this.#histories.get(id)?.acknowledge(value, performance.now());
      this.#count("writes");
      return response;
    }
  }

  async #read(index: number, random: Random): Promise<void> {
    const { products, lists, customerToken } = this.#plan;
    const kind: Kind = index % 3 === 2 ? "token" : "anonymous";
    const own: Record<string, string> = kind === "token" ? { Authorization: `Bearer ${customerToken}` } : {};
    const tags = new Map<string, string>();
    while (!this.#isOver) {
      const path = pick(random, [...products.map((id) => `/v1/products/${id}`), ...lists]);
      const known = random() < 0.6 ? tags.get(path) : undefined;
      const condition: Record<string, string> = known === undefined ? {} : { "If-None-Match": known };
      const address = `10.21.0.${index + 1}`;
      const { etag } = await this.#get({ kind, path, headers: { ...own, ...condition } }, address);
      if (etag !== "") tags.set(path, etag);
      await setTimeout(100 + random() * 400);
    }
  }

  /** The ETag of each page begins with the generation that it shows. */
  async #walkPages(random: Random): Promise<void> {
    const { walk } = this.#plan;
    for (let walks = 0; !this.#isOver; walks += 1) {
      let before = 0;
      for (let path: string | undefined = walk; path !== undefined && !this.#isOver; ) {
        const { etag, body, status } = await this.#get({ kind: "anonymous", path }, `10.22.0.${1 + (walks % 8)}`);
        if (status !== 200) break;
        const generation = Number.parseInt(/^"g([0-9a-z]+)/.exec(etag)?.[1] ?? "", 36);
        if (!(generation >= before)) this.#fault(`${path}: a page of generation ${generation} after one of ${before}`);
        before = generation;
        this.#count("pages walked");
        const { page } = JSON.parse(body) as { readonly page: { readonly next?: string | null } }; // a list
        path = page.next ? `${walk}&cursor=${encodeURIComponent(page.next)}` : undefined;
        await setTimeout(50 + random() * 200);
      }
    }
  }

  async #get(request: ReadRequest, address = "10.20.0.1"): Promise<ReadResponse> {
    const { kind, path, headers = {}, since } = request;
    const { Authorization: credentials, ...rest } = headers;
    const sentAt = performance.now();
    const response = await this.#send("GET", path, address, credentials?.slice("Bearer ".length), rest);
    const { status, etag, body } = response;
    if (status !== 200 && status !== 304) return response;
    this.#count(`${kind}: ${status}`);
    // Other rights give another ETag. The same ETag never stands for other content.
    const key = `${path} ${etag}`;
    if (status === 200) {
      const digest = createHash("sha256").update(body).digest("base64");
      const known = this.#contents.get(key);
      if (known !== undefined && known !== digest) this.#fault(`${path}: ${etag} stands for two contents`);
      this.#contents.set(key, digest);
      this.#shown.set(key, stocksIn(body));
    }
    for (const [id, value] of this.#shown.get(key) ?? []) this.#check(request, etag, id, value, sentAt, since?.get(id));
    return response;
  }

  #check(
    { kind, path }: ReadRequest,
    etag: string,
    id: string,
    value: number,
    sentAt: number,
    minimum: number | undefined,
  ) {
    const age = this.#histories.get(id)?.supersededFor(value, sentAt) ?? 0;
    if (minimum !== undefined && value < minimum)
      this.#fault(`${path} ${etag}: its writer sees ${value} after ${minimum}`);
    if (kind === "anonymous") {
      this.#oldestMs = Math.max(this.#oldestMs, age);
      if (age > BOUND_MS) this.#fault(`${path} ${etag}: ${value} of ${id}, superseded ${age.toFixed(0)} ms before`);
    } else if (age > 0) {
      this.#fault(`${path} ${etag}: ${kind} sees ${value} of ${id}, superseded ${age.toFixed(0)} ms before`);
    }
  }

  /** Respects `Retry-After` and repeats the request. */
  async #send(
    method: string,
    path: string,
    address: string,
    token: string | undefined,
    headers: Record<string, string>,
    stock?: number,
  ): Promise<ReadResponse> {
    for (;;) {
      const response = await fetch(`${this.#plan.origin}${path}`, {
        method,
        headers: {
          ...headers,
          "CF-Connecting-IP": address,
          ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        },
        ...(stock === undefined ? {} : { body: JSON.stringify({ stock }) }),
      });
      const body = await response.text();
      this.#count("requests");
      const { status } = response;
      if (status === 429 || status === 503) {
        this.#count(String(status));
        if (this.#isOver) return { status, etag: "", bookmark: undefined, body };
        await setTimeout(1000 * Number(response.headers.get("Retry-After") ?? 1));
        continue;
      }
      if (![200, 304, 412].includes(status)) this.#fault(`${method} ${path}: ${status} ${body.slice(0, 200)}`);
      const bookmark = response.headers.get("X-Bookmark") ?? undefined;
      return { status, etag: response.headers.get("ETag") ?? "", bookmark, body };
    }
  }

  #fault(line: string): void {
    this.#faults.push(line);
  }

  #count(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }
}

/** The stock of each product in a response, which is one product or a list. */
function stocksIn(body: string): ReadonlyMap<string, number> {
  const parsed = JSON.parse(body) as { readonly data?: readonly Shown[] } & Shown; // one product, or a list of them
  return new Map((parsed.data ?? [parsed]).map(({ id, stock }) => [id, stock]));
}

interface Shown {
  readonly id: string;
  readonly stock: number;
}
