/**
 * `npm start` when something fails: a runtime that dies, a slow machine, a full disk, an old Node. The tests do not
 * depend on the speed of the machine: slow steps wait for a file.
 */
import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { guardRuntime, wordsOfEnd } from "../../scripts/local/guard.ts";
import { IDLE_LIMIT_MS, reported, WorkWatch } from "../../scripts/local/progress.ts";
import { isFullDisk, StartFailure } from "../../scripts/local/start-failure.ts";
import { descendantsOf, freePort, runtimesOf, type StartProcess, startWith, stillRunning } from "./start-process.ts";

// Some tests start it twice, and a busy machine needs a minute for each start.
vi.setConfig({ testTimeout: 600_000 });

/** workerd itself, as Miniflare finds it. */
const WORKERD = createRequire(createRequire(import.meta.url).resolve("miniflare"))("workerd").default as string; // its documented export

let state: string;
let port: number;
let started: StartProcess[];

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), "sluice-start-failures-"));
  port = await freePort();
  started = [];
});

afterEach(async () => {
  for (const { child } of started) child.kill("SIGKILL");
  await rm(state, { recursive: true, force: true });
});

function run(variables: Readonly<Record<string, string>> = {}): StartProcess {
  const process = startWith(variables, "--port", String(port), "--state", join(state, "state"));
  started.push(process);
  return process;
}

/** A Workers runtime that first runs `script`, in which `$n` is the number of earlier starts. */
async function runtimeAfter(script: string): Promise<Record<string, string>> {
  const file = join(state, "workerd-after-script");
  const count = `n=$(cat "${state}/count" 2>/dev/null || echo 0); echo $((n + 1)) > "${state}/count"`;
  await writeFile(file, `#!/bin/sh\n${count}\n${script}\nexec "${WORKERD}" "$@"\n`);
  await chmod(file, 0o755);
  return { MINIFLARE_WORKERD_PATH: file };
}

const gone = (descendants: readonly number[]) =>
  expect.poll(() => stillRunning(descendants), { timeout: 20_000 }).toEqual([]);

describe("npm start, if the runtime dies", () => {
  it.each(["SIGKILL", "SIGTERM", "SIGSEGV"] as const)(
    "by %s, reports it, exits with 3 and leaves no process behind",
    async (signal) => {
      const served = run();
      await served.lineThatBegins("ready on ");
      const descendants = descendantsOf(Number(served.child.pid));
      const [runtime, ...others] = runtimesOf(Number(served.child.pid));
      expect(others).toEqual([]);
      process.kill(Number(runtime), signal);
      expect(await served.exited).toBe(3);
      expect(served.errors()).toMatch(
        /^the Workers runtime \(workerd\) (was killed by SIG[A-Z]+|exited with code \d+), so the service has stopped; run npm start again\n$/,
      );
      await gone(descendants);
      // The state is unlocked and unchanged.
      const again = run();
      await again.lineThatBegins("ready on ");
      expect((await fetch(`http://127.0.0.1:${port}/.well-known/api-catalog`)).status).toBe(200);
      again.child.kill("SIGINT");
      expect(await again.exited).toBe(0);
      expect(again.errors()).toBe("");
    },
  );

  it("while the store is set up, reports it and exits with 1", async () => {
    const setUp = run();
    await setUp.lineThatBegins("seeding the empty store");
    const descendants = descendantsOf(Number(setUp.child.pid));
    process.kill(Number(runtimesOf(Number(setUp.child.pid))[0]), "SIGKILL");
    expect(await setUp.exited).toBe(1);
    expect(setUp.errors()).toBe(
      "cannot start: the Workers runtime was killed by SIGKILL while the server started; start it again\n",
    );
    await gone(descendants);
  });

  it("before it listens, reports the reason and exits with 1", async () => {
    // The first runtime sets up the store.
    const reads = 'cat > /dev/null; echo "no such library" >&2; exit 127';
    const broken = run(await runtimeAfter(`[ "$n" = 0 ] || { ${reads}; }`));
    expect(await broken.exited).toBe(1);
    expect(broken.errors()).toMatch(/^cannot start: the worker does not start\n[\s\S]*no such library/);
    expect(broken.errors()).not.toMatch(/\n {4}at /);
  });

  it("before it reads its input, exits with 1 and prints no stack trace", async () => {
    const broken = run(await runtimeAfter("exit 127"));
    expect(await broken.exited).toBe(1);
    expect(broken.errors()).toMatch(
      /^cannot start: (the Workers runtime exited with code 127|the state cannot be opened)/,
    );
    expect(broken.errors()).not.toMatch(/\n {4}at /);
  });

  it("because the server stopped it, does not report a loss", async () => {
    const guard = guardRuntime();
    const { openDatabase } = await import("../../scripts/local/database.ts");
    const database = await openDatabase(join(state, "storage"));
    expect(stillRunning([Number(guard.processId())])).toHaveLength(1);
    await database.close();
    expect(await Promise.race([guard.lost, Promise.resolve("still guarded")])).toBe("still guarded");
    guard.release();
  });
});

describe("npm start on a slow machine", () => {
  it("reports the step that it waits for, waits, and serves", async () => {
    const gate = join(state, "gate");
    const wait = `while [ ! -e "${gate}" ]; do sleep 0.1; done`;
    const slow = run(await runtimeAfter(`[ "$n" = 0 ] || { ${wait}; }`));
    expect(await slow.lineThatBegins("still starting the Workers runtime")).toMatch(/ \(\d+ s\)$/);
    await writeFile(gate, "");
    await slow.lineThatBegins("ready on ");
    expect(slow.errors()).toBe("");
    slow.child.kill("SIGTERM");
    expect(await slow.exited).toBe(0);
  });

  it("stops at once on SIGINT while it waits", async () => {
    const slow = run(await runtimeAfter("sleep 3600 & wait"));
    await slow.lineThatBegins("still opening the local database");
    const descendants = descendantsOf(Number(slow.child.pid));
    slow.child.kill("SIGINT");
    expect(await slow.exited).toBe(0);
    expect(slow.errors()).toBe("");
    // The test started `sleep` and has to end it.
    const [runtime] = runtimesOf(Number(slow.child.pid));
    expect(runtime).toBeUndefined();
    for (const left of stillRunning(descendants)) process.kill(left, "SIGKILL");
  });

  it("reports nothing for a short step, and passes on its result or error", async () => {
    const lines: string[] = [];
    expect(await reported("counting", Promise.resolve(7), (line) => lines.push(line))).toBe(7);
    await expect(reported("counting", Promise.reject(new Error("no")), (line) => lines.push(line))).rejects.toThrow(
      "no",
    );
    expect(lines).toEqual([]);
  });

  it("waits while the runtime uses CPU time, and at most two minutes without", () => {
    const watch = new WorkWatch(0);
    let now = 0;
    let work = 1_000;
    // An hour of work with a fiftieth of the machine.
    for (; now < 3_600_000; now += 5_000) {
      work += 100;
      expect(watch.isStalled(now, work)).toBe(false);
    }
    const last = now - 5_000;
    expect(watch.isStalled(last + IDLE_LIMIT_MS, work + 99)).toBe(false);
    expect(watch.isStalled(last + IDLE_LIMIT_MS + 1, work + 99)).toBe(true);
    // The runtime continued to work, so it was only slow.
    expect(watch.isStalled(last + IDLE_LIMIT_MS + 2, work + 100)).toBe(false);
  });

  it("waits 15 minutes if CPU time cannot be measured", () => {
    const watch = new WorkWatch(0);
    expect(watch.isStalled(900_000, undefined)).toBe(false);
    expect(watch.isStalled(900_001, undefined)).toBe(true);
  });
});

describe("the classification of a failure", () => {
  it.each([
    [Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" }), true],
    [Object.assign(new Error("EDQUOT: quota exceeded"), { code: "EDQUOT" }), true],
    [new Error("D1_ERROR: database or disk is full: SQLITE_FULL"), true],
    [new StartFailure("the worker does not build\nError: ENOSPC: no space left on device"), true],
    [new Error("fetch failed", { cause: new Error("write ENOSPC") }), true],
    [new Error("the product ENOSPCX is full"), false],
    [new StartFailure("port 8787 is in use"), false],
    ["thrown text", false],
  ])("detects a full disk: %s %s", (error, isFull) => {
    expect(isFullDisk(error)).toBe(isFull);
  });

  it("counts every failure on a nearly full disk as a full disk", () => {
    const error = new StartFailure("seeding failed and was rolled back: internal error");
    expect(isFullDisk(error, 64 * 1024 * 1024 - 1)).toBe(true);
    expect(isFullDisk(error, 64 * 1024 * 1024)).toBe(false);
    expect(isFullDisk(error)).toBe(false);
  });

  it("names the exit code or the signal of a runtime", () => {
    expect(wordsOfEnd({ code: 1, signal: null })).toBe("exited with code 1");
    expect(wordsOfEnd({ code: null, signal: "SIGKILL" })).toBe("was killed by SIGKILL");
  });

  it("names an old Node version before loading code that it cannot parse", async () => {
    const script = join(import.meta.dirname, "../../scripts/check-node.cjs");
    const pretend = join(state, "old.cjs");
    await writeFile(pretend, 'Object.defineProperty(process, "versions", { value: { node: "20.19.4" } });');
    const node = promisify(execFile);
    await expect(node(process.execPath, ["--require", pretend, script])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^cannot start: Node 24 or later is required, but this is 20\.19\.4\. /),
    });
    expect(await node(process.execPath, [script])).toEqual({ stdout: "", stderr: "" });
  });
});
