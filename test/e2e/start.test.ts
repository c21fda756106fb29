import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openDatabase } from "../../scripts/local/database.ts";
import { SEEDS, type Tables } from "../../scripts/seed/seeds.ts";
import { descendantsOf, freePort, listenAnywhere, type StartProcess, start, stillRunning } from "./start-process.ts";

// Some tests start it twice, and a busy machine needs a minute for each start.
vi.setConfig({ testTimeout: 600_000 });

/** The number of demo service clients, each of which has an account. */
const DEMO_SERVICES = 2;

describe("npm start", () => {
  let state: string;
  let port: number;
  let started: StartProcess[];

  beforeEach(async () => {
    state = await mkdtemp(join(tmpdir(), "sluice-start-"));
    port = await freePort();
    started = [];
  });

  afterEach(async () => {
    for (const { child } of started) {
      child.kill("SIGKILL");
    }
    await rm(state, { recursive: true, force: true });
  });

  function run(...args: string[]): StartProcess {
    const process = start("--port", String(port), "--state", state, ...args);
    started.push(process);
    return process;
  }

  /**
   * Stops it with a signal and checks that its processes end with it. They get some time, because the system lists a
   * process for a while after it was killed.
   */
  async function stop(process: StartProcess, signal: NodeJS.Signals, goneWithinMs = 5_000) {
    const descendants = descendantsOf(Number(process.child.pid));
    expect(descendants.length, "the runtime is a separate process").toBeGreaterThan(0);
    const begin = performance.now();
    process.child.kill(signal);
    const exitCode = await process.exited;
    const tookMs = performance.now() - begin;
    await expect.poll(() => stillRunning(descendants), { timeout: goneWithinMs }).toEqual([]);
    return { exitCode, tookMs };
  }

  it("sets up the state once, serves it, and stops on Ctrl-C without leaving a process", async () => {
    const first = run();
    const ready = await first.lineThatBegins("ready on ");
    expect(ready).toBe(`ready on http://127.0.0.1:${port}`);
    expect(first.lines).toContain("applied migration 0001_create_store.sql");
    expect(first.lines).toContain("seeding the empty store");
    expect(first.lines.at(-1)).toBe(ready);
    expect((await stat(join(state, "secret"))).mode & 0o777).toBe(0o600);

    const page = await fetch(`http://127.0.0.1:${port}/.well-known/api-catalog`, {
      headers: { "CF-Connecting-IP": "203.0.113.9" },
    });
    expect(page.status).toBe(200);
    // The Worker's log line is printed unchanged, and shows that the client's address was accepted.
    const logged = JSON.parse(await first.lineThatBegins("{"));
    expect(logged).toMatchObject({ "url.path": "/.well-known/api-catalog", "client.address": "203.0.113.0" });

    const rival = start("--port", String(await freePort()), "--state", state);
    started.push(rival);
    expect(await rival.exited).toBe(1);
    expect(rival.errors()).toMatch(/^cannot start: another server uses the state in .*\n$/);

    expect(await stop(first, "SIGINT")).toMatchObject({ exitCode: 0 });

    const second = run();
    await second.lineThatBegins("ready on ");
    // On a slow machine progress messages appear in between.
    expect(second.lines.filter((line) => !line.startsWith("still "))).toEqual(["built the worker", ready]);
    const stopped = await stop(second, "SIGTERM");
    expect(stopped).toMatchObject({ exitCode: 0 });
    expect(stopped.tookMs).toBeLessThan(4_000);
  });

  it("stops on SIGTERM during the setup", async () => {
    const process = run();
    await process.lineThatBegins("applied migration");
    expect(await stop(process, "SIGTERM")).toMatchObject({ exitCode: 0 });
  });

  it("completes a seed that was killed; the runtime of a killed server ends", async () => {
    const killed = run();
    await killed.lineThatBegins("seeding the empty store");
    // The build is a separate process that ends when it is done.
    expect(await stop(killed, "SIGKILL", 120_000)).toMatchObject({ exitCode: null });

    const repaired = run();
    await repaired.lineThatBegins("ready on ");
    expect(await stop(repaired, "SIGINT")).toMatchObject({ exitCode: 0 });
    const seeded = Object.assign({}, ...SEEDS.map(({ tables }) => tables())) as Tables;
    const expected = Object.fromEntries(Object.entries(seeded).map(([table, rows]) => [table, rows.length]));
    expect(await countRows(state, Object.keys(seeded))).toEqual({
      ...expected,
      users: (expected["users"] ?? 0) + DEMO_SERVICES,
    });
  });

  it("rolls back a batch if one of its statements fails", async () => {
    const database = await openDatabase(join(state, "v3"));
    try {
      await database.batch([["CREATE TABLE things (name TEXT PRIMARY KEY)"]]);
      const insert = "INSERT INTO things (name) VALUES (?)";
      await expect(
        database.batch([
          [insert, "a"],
          [insert, "b"],
          [insert, "a"],
        ]),
      ).rejects.toThrow("UNIQUE");
      expect(await database.batch([["SELECT name FROM things"]])).toEqual([[]]);
    } finally {
      await database.close();
    }
  });

  it("reports a port in use", async () => {
    const { server, port: taken } = await listenAnywhere();
    try {
      const process = start("--port", String(taken), "--state", state);
      started.push(process);
      expect(await process.exited).toBe(1);
      expect(process.lines).toEqual([]);
      expect(process.errors()).toBe(
        `cannot start: port ${taken} is in use; stop the process that uses it, or choose another port with --port\n`,
      );
    } finally {
      server.close();
    }
  });

  it.each([
    { name: "a file for a state", args: () => ["--state", join(state, "file")], message: "EEXIST" },
    { name: "a state below a file", args: () => ["--state", join(state, "file/below")], message: "ENOTDIR" },
  ])("refuses $name", async ({ args, message }) => {
    await writeFile(join(state, "file"), "");
    const process = run(...args());
    expect(await process.exited).toBe(1);
    expect(process.errors()).toMatch(new RegExp(`^cannot start: cannot use .*${message}.*\n$`));
  });

  it("refuses a damaged secret", async () => {
    await writeFile(join(state, "secret"), "too short");
    const process = run();
    expect(await process.exited).toBe(1);
    expect(process.errors()).toBe(
      `cannot start: ${join(state, "secret")} is damaged; delete it to create a new secret\n`,
    );
  });

  it("refuses a damaged database and says how to repair it", async () => {
    const directory = join(state, "v3/d1/miniflare-D1DatabaseObject");
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, "metadata.sqlite"), "no database ".repeat(1_000));
    const process = run();
    expect(await process.exited).toBe(1);
    expect(process.errors()).toMatch(/^cannot start: the state cannot be opened; delete its directory to start over\n/);
    expect(process.errors()).not.toContain("    at ");
  });

  it.each([
    { args: ["--prot", "1"], message: "Unknown option '--prot'" },
    { args: ["--port", "0"], message: "--port must be a whole number from 1 to 65535" },
    { args: ["--port", "65536"], message: "--port must be a whole number from 1 to 65535" },
    { args: ["--port", "80a"], message: "--port must be a whole number from 1 to 65535" },
    { args: ["--state", ""], message: "--state must name a directory" },
    { args: ["other"], message: "Unexpected argument 'other'" },
  ])("refuses the arguments $args", async ({ args, message }) => {
    const process = start(...args);
    started.push(process);
    expect(await process.exited).toBe(2);
    expect(process.errors()).toContain(message);
    expect(process.errors()).toContain("Usage: npm start");
    expect(process.lines).toEqual([]);
  });
});

async function countRows(state: string, tables: readonly string[]): Promise<Record<string, unknown> | undefined> {
  const database = await openDatabase(join(state, "v3"));
  try {
    const counts = tables.map((table) => `(SELECT count(*) FROM ${table}) AS ${table}`);
    const [rows] = await database.batch([[`SELECT ${counts.join(", ")}`]]);
    return rows?.[0];
  } finally {
    await database.close();
  }
}
