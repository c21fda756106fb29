/**
 * What `npm start` says and does when something goes wrong: a runtime that dies, a machine that is slow, a disk that is
 * full, a Node that is too old. How fast this machine is makes no difference: what is slow here waits for a file.
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

// Some start it twice, and a machine with other work to do takes a minute for each.
vi.setConfig({ testTimeout: 600_000 });

/** workerd itself, as Miniflare finds it. */
const WORKERD = createRequire(createRequire(import.meta.url).resolve("miniflare"))("workerd").default as string; // its documented export

let state: string;
let port: number;
let started: StartProcess[];

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), "sluice-trouble-"));
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

/** A Workers runtime that first does what `script` says; `$n` of it is how many were started before. */
async function runtimeThat(script: string): Promise<Record<string, string>> {
  const file = join(state, "workerd-of-this-test");
  const count = `n=$(cat "${state}/count" 2>/dev/null || echo 0); echo $((n + 1)) > "${state}/count"`;
  await writeFile(file, `#!/bin/sh\n${count}\n${script}\nexec "${WORKERD}" "$@"\n`);
  await chmod(file, 0o755);
  return { MINIFLARE_WORKERD_PATH: file };
}

const gone = (family: readonly number[]) => expect.poll(() => stillRunning(family), { timeout: 20_000 }).toEqual([]);

describe("when the runtime dies", () => {
  it.each(["SIGKILL", "SIGTERM", "SIGSEGV"] as const)(
    "by %s, npm start says so, ends with 3 and leaves nothing behind",
    async (signal) => {
      const served = run();
      await served.lineThatBegins("ready on ");
      const family = descendantsOf(Number(served.child.pid));
      const [runtime, ...others] = runtimesOf(Number(served.child.pid));
      expect(others).toEqual([]);
      process.kill(Number(runtime), signal);
      expect(await served.exited).toBe(3);
      expect(served.errors()).toMatch(
        /^the Workers runtime \(workerd\) (was killed by SIG[A-Z]+|exited with code \d+), so the service has stopped; run npm start again\n$/,
      );
      await gone(family);
      // The state is free again, and what was in it is as it was.
      const again = run();
      await again.lineThatBegins("ready on ");
      expect((await fetch(`http://127.0.0.1:${port}/.well-known/api-catalog`)).status).toBe(200);
      again.child.kill("SIGINT");
      expect(await again.exited).toBe(0);
      expect(again.errors()).toBe("");
    },
  );

  it("while the store is set up, npm start says so and ends with 1", async () => {
    const setUp = run();
    await setUp.lineThatBegins("seeding the empty store");
    const family = descendantsOf(Number(setUp.child.pid));
    process.kill(Number(runtimesOf(Number(setUp.child.pid))[0]), "SIGKILL");
    expect(await setUp.exited).toBe(1);
    expect(setUp.errors()).toBe(
      "cannot start: the Workers runtime was killed by SIGKILL while the server started; start it again\n",
    );
    await gone(family);
  });

  it("before it listens, npm start says why and ends with 1", async () => {
    // The first is the one that sets the store up.
    const reads = 'cat > /dev/null; echo "no such library" >&2; exit 127';
    const broken = run(await runtimeThat(`[ "$n" = 0 ] || { ${reads}; }`));
    expect(await broken.exited).toBe(1);
    expect(broken.errors()).toMatch(/^cannot start: the worker does not start\n[\s\S]*no such library/);
    expect(broken.errors()).not.toMatch(/\n {4}at /);
  });

  it("before it has read anything, npm start has no stack to show either", async () => {
    const broken = run(await runtimeThat("exit 127"));
    expect(await broken.exited).toBe(1);
    expect(broken.errors()).toMatch(
      /^cannot start: (the Workers runtime exited with code 127|the state cannot be opened)/,
    );
    expect(broken.errors()).not.toMatch(/\n {4}at /);
  });

  it("by a stop of our own, that is no loss", async () => {
    const guard = guardRuntime();
    const { openDatabase } = await import("../../scripts/local/database.ts");
    const database = await openDatabase(join(state, "storage"));
    expect(stillRunning([Number(guard.processId())])).toHaveLength(1);
    await database.close();
    expect(await Promise.race([guard.lost, Promise.resolve("still guarded")])).toBe("still guarded");
    guard.release();
  });
});

describe("when the machine is slow", () => {
  it("says what it waits for, waits, and serves", async () => {
    const gate = join(state, "gate");
    const wait = `while [ ! -e "${gate}" ]; do sleep 0.1; done`;
    const slow = run(await runtimeThat(`[ "$n" = 0 ] || { ${wait}; }`));
    expect(await slow.lineThatBegins("still starting the Workers runtime")).toMatch(/ \(\d+ s\)$/);
    await writeFile(gate, "");
    await slow.lineThatBegins("ready on ");
    expect(slow.errors()).toBe("");
    slow.child.kill("SIGTERM");
    expect(await slow.exited).toBe(0);
  });

  it("stops at once when it is told to while it waits", async () => {
    const slow = run(await runtimeThat("sleep 3600 & wait"));
    await slow.lineThatBegins("still opening the local database");
    const family = descendantsOf(Number(slow.child.pid));
    slow.child.kill("SIGINT");
    expect(await slow.exited).toBe(0);
    expect(slow.errors()).toBe("");
    // `sleep` is nobody's but this test's.
    const [runtime] = runtimesOf(Number(slow.child.pid));
    expect(runtime).toBeUndefined();
    for (const left of stillRunning(family)) process.kill(left, "SIGKILL");
  });

  it("says nothing of a step that is done at once, and passes on what it came to", async () => {
    const lines: string[] = [];
    expect(await reported("counting", Promise.resolve(7), (line) => lines.push(line))).toBe(7);
    await expect(reported("counting", Promise.reject(new Error("no")), (line) => lines.push(line))).rejects.toThrow(
      "no",
    );
    expect(lines).toEqual([]);
  });

  it("waits as long as there is work, and no longer than two minutes without", () => {
    const watch = new WorkWatch(0);
    let now = 0;
    let work = 1_000;
    // An hour of hard work on a machine of which it gets a fiftieth.
    for (; now < 3_600_000; now += 5_000) {
      work += 100;
      expect(watch.isStalled(now, work)).toBe(false);
    }
    const last = now - 5_000;
    expect(watch.isStalled(last + IDLE_LIMIT_MS, work + 99)).toBe(false);
    expect(watch.isStalled(last + IDLE_LIMIT_MS + 1, work + 99)).toBe(true);
    // It was only slow.
    expect(watch.isStalled(last + IDLE_LIMIT_MS + 2, work + 100)).toBe(false);
  });

  it("waits a quarter of an hour for what cannot be measured", () => {
    const watch = new WorkWatch(0);
    expect(watch.isStalled(900_000, undefined)).toBe(false);
    expect(watch.isStalled(900_001, undefined)).toBe(true);
  });
});

describe("the words of a failure", () => {
  it.each([
    [Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" }), true],
    [Object.assign(new Error("EDQUOT: quota exceeded"), { code: "EDQUOT" }), true],
    [new Error("D1_ERROR: database or disk is full: SQLITE_FULL"), true],
    [new StartFailure("the worker does not build\nError: ENOSPC: no space left on device"), true],
    [new Error("fetch failed", { cause: new Error("write ENOSPC") }), true],
    [new Error("the product ENOSPCX is full"), false],
    [new StartFailure("port 8787 is in use"), false],
    ["thrown text", false],
  ])("a full disk is one: %s %s", (error, isFull) => {
    expect(isFullDisk(error)).toBe(isFull);
  });

  it("a failure on a disk with hardly any space is one of the disk, whatever it says", () => {
    const error = new StartFailure("seeding failed and was rolled back: internal error");
    expect(isFullDisk(error, 64 * 1024 * 1024 - 1)).toBe(true);
    expect(isFullDisk(error, 64 * 1024 * 1024)).toBe(false);
    expect(isFullDisk(error)).toBe(false);
  });

  it("an end is by a code or by a signal", () => {
    expect(wordsOfEnd({ code: 1, signal: null })).toBe("exited with code 1");
    expect(wordsOfEnd({ code: null, signal: "SIGKILL" })).toBe("was killed by SIGKILL");
  });

  it("an old Node is named, before anything is loaded that it cannot read", async () => {
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
