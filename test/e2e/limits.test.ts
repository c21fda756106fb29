/** `npm run limits` against a test server: the requests it sends, its credentials and its output. */
import { execFile } from "node:child_process";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

const PROJECT_DIRECTORY = join(import.meta.dirname, "../..");
const NODE = join(PROJECT_DIRECTORY, "node_modules/.bin/node");

const LIMITS = {
  limits: [
    { policy: "default", limit: 100, remaining: 42, reset: 1_795_337_324 },
    { policy: "free-day", limit: 50_000, remaining: 50_000, reset: 1_795_337_300 },
  ],
};
const CHANGES = { changes: [{ policy: "default", capacity: 200, shadow: true }] };

let server: Server;
let port = 0;
let requests: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const body = Buffer.concat(chunks).toString();
      if (url === "/oauth/token") return response.end(JSON.stringify({ access_token: `token for ${body}` }));
      requests.push(`${method} ${url} ${body}`.trim());
      if (!headers.authorization?.includes("client_id=demo-admin")) response.statusCode = 401;
      if (body.includes("nonsense")) {
        response.statusCode = 422;
        return response.end(JSON.stringify({ detail: "no policy has this name" }));
      }
      return response.end(JSON.stringify(url.startsWith("/v1/limit-changes") ? CHANGES : LIMITS));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  port = typeof address === "object" && address !== null ? address.port : 0;
});

afterAll(() => server.close());

beforeEach(() => {
  requests = [];
});

function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const command = ["scripts/limits.ts", ...args, "--port", String(port)];
    execFile(NODE, command, { cwd: PROJECT_DIRECTORY }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr }),
    );
  });
}

describe("npm run limits", () => {
  it("shows the limits of an account", async () => {
    const { code, stdout } = await run("show", "user:user_1", "--plan", "pro");
    expect(code).toBe(0);
    expect(requests).toEqual(["GET /v1/limits?key=user%3Auser_1&plan=pro"]);
    expect(stdout.split("\n").map((line) => line.replaceAll(/ +/g, " "))).toEqual([
      "default 42 of 100 full at 2026-11-22T08:48:44.000Z",
      "free-day 50000 of 50000",
      "",
    ]);
  });

  it("resets them", async () => {
    expect((await run("reset", "2001:db8::1")).code).toBe(0);
    expect(requests).toEqual(['POST /v1/limit-resets {"key":"2001:db8::1"}']);
  });

  it.each([
    [["capacity=200", "refill_per_second=0.5", "shadow=true"], '"capacity":200,"refill_per_second":0.5,"shadow":true'],
    [["limit=30", "shadow=false"], '"limit":30,"shadow":false'],
  ])("changes a policy: %s", async (members, sent) => {
    const { code, stdout } = await run("set", "default", ...members);
    expect(code).toBe(0);
    expect(requests).toEqual([`POST /v1/limit-changes {"policy":"default",${sent}}`]);
    expect(stdout).toMatch(/^default +capacity=200 shadow=true\n$/);
  });

  it("restores a policy, and lists the changes", async () => {
    await run("set", "default");
    await run("show");
    expect(requests).toEqual(['POST /v1/limit-changes {"policy":"default"}', "GET /v1/limit-changes"]);
  });

  it("prints the reason of a failure", async () => {
    const { code, stderr } = await run("set", "nonsense", "capacity=1");
    expect([code, stderr]).toEqual([1, "Failed: the service returned 422: no policy has this name\n"]);
  });

  it.each([[[]], [["show", "a", "b"]], [["reset"]], [["set"]], [["set", "default", "mode=exact"]], [["lift", "a"]]])(
    "refuses the arguments %s",
    async (args) => {
      expect((await run(...args)).code).toBe(2);
      expect(requests).toEqual([]);
    },
  );
});
