/**
 * A short run of `npm run soak:reads`, and proof that it detects a service that returns wrong states. The tests mostly
 * wait, so they run concurrently, each with its own service.
 */
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ReadSoak } from "../../../scripts/soak/reads.ts";

const PROJECT_DIRECTORY = join(import.meta.dirname, "../../..");
const PRODUCT = "prod_1";

/**
 * The state of a simulated service with one product: the current stock, the previous stock and the time of the change.
 */
interface State {
  stock: number;
  before: number;
  changedAt: number;
  reads: number;
}

interface Representation {
  readonly stock: number;
  readonly tag: string;
}

/** Runs the soak against a simulated service. `respond` decides which stock and which tag a response shows. */
async function faultsOf(seconds: number, respond: (state: State, credentials: string | undefined) => Representation) {
  const state: State = { stock: 0, before: 0, changedAt: 0, reads: 0 };
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (text: Buffer) => {
      body += text;
    });
    request.on("end", () => {
      if (request.method === "PATCH") {
        const { stock } = JSON.parse(body) as { stock: number }; // what a soak sends
        Object.assign(state, { before: state.stock, stock, changedAt: performance.now() });
        return response.setHeader("ETag", `"g${stock.toString(36)}"`).end("{}");
      }
      state.reads += 1;
      const { stock, tag } = respond(state, request.headers.authorization);
      const product = { id: PRODUCT, stock };
      const isList = request.url?.startsWith("/v1/products?") === true;
      const content = isList ? { data: [product], page: { next: null } } : product;
      return response.setHeader("ETag", tag).end(JSON.stringify(content));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const soak = new ReadSoak({
    origin: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    staffToken: "staff",
    customerToken: "customer",
    products: [PRODUCT],
    lists: ["/v1/products?a=1"],
    walk: "/v1/products?limit=1",
    seconds,
    readers: 3,
    seed: 1,
    onProgress: () => undefined,
  });
  try {
    return (await soak.run()).faults.join("\n");
  } finally {
    server.close();
  }
}

const current = ({ stock }: State): Representation => ({ stock, tag: `"g${stock.toString(36)}"` });
const previous = ({ before }: State): Representation => ({ stock: before, tag: `"g${before.toString(36)}"` });

describe.concurrent("the soak of reads", () => {
  it("passes a run of a few seconds against the real service", async () => {
    const { code, stdout } = await run(
      "npm",
      "run",
      "--silent",
      "soak:reads",
      "--",
      "--minutes",
      "0.05",
      "--seed",
      "7",
    );
    expect([code, stdout]).toEqual([0, expect.stringContaining("\nHeld: ")]);
    expect(stdout).toMatch(/ writes +[1-9]/);
  });

  it("finds a response that is older than the allowed age", async () => {
    expect(await faultsOf(8, (state, who) => (who === undefined ? { stock: 0, tag: '"g0"' } : current(state)))).toMatch(
      /: 0 of prod_1, superseded 6\d{3} ms before/,
    );
  });

  it("finds no fault in a service that always returns the current state", async () => {
    expect(await faultsOf(1.5, current)).toBe("");
  });

  it("accepts a slightly old response to a request without credentials", async () => {
    expect(
      await faultsOf(1.5, (state, credentials) => (credentials === undefined ? previous : current)(state)),
    ).not.toMatch(/superseded|token sees/);
  });

  it.each<[string, (state: State, credentials: string | undefined) => Representation, RegExp]>([
    [
      "an old state shown to the writer",
      (state, who) => (who === "Bearer staff" ? previous : current)(state),
      /its writer sees 0 after 1/,
    ],
    [
      "an old state shown to another caller",
      (state, who) => (who === "Bearer customer" ? previous : current)(state),
      /token sees \d+ of prod_1/,
    ],
    [
      "one tag for two contents",
      (state) => ({ ...current(state), stock: state.stock + state.reads / 1e6 }),
      /stands for two contents/,
    ],
  ])("finds %s", async (_, respond, fault) => {
    expect(await faultsOf(3, respond)).toMatch(fault);
  });

  it.each([["--minutes 0"], ["--minutes 60"], ["--readers many"], ["now"]])(
    "rejects the arguments %s",
    async (line) => {
      const { code, stdout, stderr } = await run(process.execPath, "scripts/soak-reads.ts", ...line.split(" "));
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toContain("Usage: npm run soak:reads");
    },
  );
});

function run(command: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd: PROJECT_DIRECTORY }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}
