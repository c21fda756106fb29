/**
 * `npm run soak:reads` in small, and that it would notice a service that shows what it should not. They mostly wait, and
 * so they do it side by side, each with a service of its own.
 */
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ReadSoak } from "../../../scripts/soak/reads.ts";

const PROJECT_DIRECTORY = join(import.meta.dirname, "../../..");
const PRODUCT = "prod_1";

/** What a service that is made up says of its one product: the latest stock, what it was before, when that changed. */
interface State {
  stock: number;
  before: number;
  changedAt: number;
  reads: number;
}

interface Told {
  readonly stock: number;
  readonly tag: string;
}

/** `tell` says which stock an answer shows, under which tag, to whom. */
async function faultsOf(seconds: number, tell: (state: State, credentials: string | undefined) => Told) {
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
      const { stock, tag } = tell(state, request.headers.authorization);
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

const truth = ({ stock }: State): Told => ({ stock, tag: `"g${stock.toString(36)}"` });
const old = ({ before }: State): Told => ({ stock: before, tag: `"g${before.toString(36)}"` });

describe.concurrent("a soak of reads", () => {
  it("holds for some seconds of the service itself, and says so", async () => {
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

  it("finds what is older than anybody may be shown", async () => {
    expect(await faultsOf(8, (state, who) => (who === undefined ? { stock: 0, tag: '"g0"' } : truth(state)))).toMatch(
      /: 0 of prod_1, superseded 6\d{3} ms before/,
    );
  });

  it("finds nothing wrong with a service that tells the truth", async () => {
    expect(await faultsOf(1.5, truth)).toBe("");
  });

  it("bears what is a moment old, where nobody has said who asks", async () => {
    expect(await faultsOf(1.5, (state, credentials) => (credentials === undefined ? old : truth)(state))).not.toMatch(
      /superseded|token sees/,
    );
  });

  it.each<[string, (state: State, credentials: string | undefined) => Told, RegExp]>([
    [
      "a writer that is shown its old state",
      (state, who) => (who === "Bearer staff" ? old : truth)(state),
      /its writer sees 0 after 1/,
    ],
    [
      "another's old state",
      (state, who) => (who === "Bearer customer" ? old : truth)(state),
      /token sees \d+ of prod_1/,
    ],
    [
      "a tag of two contents",
      (state) => ({ ...truth(state), stock: state.stock + state.reads / 1e6 }),
      /stands for two contents/,
    ],
  ])("finds %s", async (_, tell, fault) => {
    expect(await faultsOf(3, tell)).toMatch(fault);
  });

  it.each([["--minutes 0"], ["--minutes 60"], ["--readers many"], ["now"]])("does not understand %s", async (line) => {
    const { code, stdout, stderr } = await run(process.execPath, "scripts/soak-reads.ts", ...line.split(" "));
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("Usage: npm run soak:reads");
  });
});

function run(command: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd: PROJECT_DIRECTORY }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}
