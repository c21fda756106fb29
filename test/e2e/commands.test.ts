/** The commands for tokens, keys and first administrators; and that a deployment has no demo account. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scopesOf } from "#core/contract/scopes.ts";
import { bundleWorker } from "../../scripts/local/bundle.ts";
import { type LocalServer, startServer } from "../../scripts/local/server.ts";
import { DEMO_CLIENT_SECRET, DEMO_PASSWORD, demoStatements } from "../../scripts/seed/demo.ts";
import { scopes } from "../../src/modules.ts";

const PROJECT_DIRECTORY = join(import.meta.dirname, "../..");
const directory = mkdtempSync(join(tmpdir(), "commands-"));
let server: LocalServer;
let port: string;

beforeAll(async () => {
  server = await startServer({ port: 0, stateDirectory: join(directory, "state"), log: () => undefined });
  port = new URL(server.url).port;
});

afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true });
});

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `npm run --silent NAME -- ARGS`. */
function npm(name: string, ...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile("npm", ["run", "--silent", name, "--", ...args], { cwd: PROJECT_DIRECTORY }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

function claimsOf({ stdout }: Outcome): Record<string, unknown> {
  expect(stdout).toMatch(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\n$/);
  return decodeJwt(stdout.trim());
}

function scopesIn(claims: Record<string, unknown>): string[] {
  return String(claims["scope"]).split(" ").toSorted();
}

describe("npm run token", () => {
  it.each([
    ["ada@example.com", "customer"],
    ["staff@example.com", "staff"],
    ["admin@example.com", "admin"],
  ] as const)("prints a token for %s with all scopes of the role %s", async (email, role) => {
    const claims = claimsOf(await npm("token", "--as", email, "--port", port));
    expect(scopesIn(claims)).toEqual(scopesOf(scopes, role).toSorted());
    expect(claims).toMatchObject({ iss: server.url, aud: server.url, roles: [role], client_id: "demo-app" });
  });

  it("prints a valid token with only the requested scopes", async () => {
    const outcome = await npm("token", "--as", "bob@example.com", "--scope", "users:write users:read", "--port", port);
    expect(scopesIn(claimsOf(outcome))).toEqual(["users:read", "users:write"]);
    const me = await fetch(`${server.url}/v1/users/me`, {
      headers: { Authorization: `Bearer ${outcome.stdout.trim()}` },
    });
    expect(await me.json()).toMatchObject({ email: "bob@example.com" });
  });

  it("prints a token for a service client", async () => {
    const claims = claimsOf(await npm("token", "--as", "demo-service", "--port", port));
    expect(scopesIn(claims)).toEqual(scopesOf(scopes, "customer").toSorted());
    expect(claims).toMatchObject({ sub: "demo-service", client_id: "demo-service" });
  });

  it.each([
    ["an account that does not exist", ["--as", "unknown@example.com"], 1, "cannot sign in"],
    ["another password", ["--as", "bob@example.com", "--password", "not-this-one-please"], 1, "cannot sign in"],
    ["a client that does not exist", ["--as", "no-service"], 1, "invalid_client"],
    ["a missing --as", [], 2, "--as is required"],
    ["an option that does not exist", ["--as", "x", "--what"], 2, "Usage"],
  ])("fails with the reason for %s", async (_, args, code, message) => {
    const outcome = await npm("token", ...args, "--port", port);
    expect(outcome).toMatchObject({ code, stdout: "" });
    expect(outcome.stderr).toContain(message);
  });

  it("reports that no service runs on the port", async () => {
    const outcome = await npm("token", "--as", "ada@example.com", "--port", "1");
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(outcome.stderr).toContain("is npm start running?");
  });
});

describe("npm run keys", () => {
  it("rotates the keys, and tokens signed before stay valid", async () => {
    const before = (await npm("token", "--as", "demo-admin", "--port", port)).stdout.trim();
    const rotated = await npm("keys", "rotate", "--port", port);
    expect(rotated.code).toBe(0);
    expect(rotated.stdout).toMatch(/^current +\S+ .*\nnext +\S+ .*\nprevious +\S+ .*\n/);
    const users = await fetch(`${server.url}/v1/users?limit=1`, { headers: { Authorization: `Bearer ${before}` } });
    expect(users.status).toBe(200);
    const after = await npm("keys", "list", "--port", port);
    expect(after.stdout).toBe(rotated.stdout);
  });

  it("refuses an unknown command", async () => {
    expect(await npm("keys", "dance")).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("npm run admin", () => {
  it("prints the SQL of a new client without its secret with --dry-run", async () => {
    const { stdout } = await npm("admin", "create-client", "The O'Hara Shop", "--dry-run");
    expect(stdout).toContain("'The O''Hara Shop'");
    expect(stdout).not.toContain("sluice_client_");
  });

  it("prints the SQL that grants a role with --dry-run", async () => {
    const { stdout } = await npm("admin", "grant", "ann@example.com", "staff", "--dry-run");
    expect(stdout).toContain("SET role = 'staff'");
  });

  it.each([[["grant", "ann@example.com", "king"]], [["create-client"]], [[]]])("refuses %j", async (args) => {
    expect(await npm("admin", ...args)).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("a deployment", () => {
  it("uploads no demo account", async () => {
    const { modules } = await bundleWorker(join(directory, "bundle"));
    const secrets = [DEMO_PASSWORD, DEMO_CLIENT_SECRET, ...demoStatements().map((sql) => sql.slice(0, 120))];
    for (const { path } of modules) {
      const text = readFileSync(path, "latin1");
      for (const secret of secrets) expect(text.includes(secret), `${path} has ${secret}`).toBe(false);
    }
  });

  it("runs no seed", async () => {
    const { stdout } = await npm("deploy", "--dry-run");
    const commands = stdout.split("\n").filter((line) => line.startsWith("$ "));
    expect(commands.some((command) => /execute|seed/.test(command))).toBe(false);
  });
});
