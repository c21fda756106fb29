/**
 * A separate service process, started like `npm start`, that can be killed at any moment like a crashing machine. It
 * signals only processes that it started, by their ids.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, readdirSync, watch } from "node:fs";
import { basename, join } from "node:path";
import { PROJECT_DIRECTORY } from "../wrangler-command.ts";

const READY = "ready on ";

/** The number of output lines that are kept for debugging. */
const KEPT_LINES = 40;

/** Unpaid orders must not expire, because the audit compares orders with the responses to clients. */
const UNLIMITED: Readonly<Record<string, string>> = {
  SLUICE_ORDER_EXPIRY_MINUTES: "10080",
  SLUICE_UNPAID_UNITS_PER_ACCOUNT: "1000000000",
  SLUICE_UNPAID_UNITS_PER_PRODUCT: "1000000000",
};

export class OwnServer {
  readonly #arguments: readonly string[];
  /** Temporary files of killed processes, deleted with the state. */
  readonly #temporary: string;
  readonly #storage: string;
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();
  #lines: string[] = [];

  /** Starts no process. */
  constructor(port: number, stateDirectory: string) {
    this.#temporary = join(stateDirectory, "tmp");
    this.#storage = join(stateDirectory, "v3");
    this.#arguments = ["scripts/start.ts", "--port", String(port), "--state", stateDirectory];
  }

  /** The last lines of its output, without those of successful requests. */
  get lastLines(): readonly string[] {
    return this.#lines;
  }

  /** Resolves when it is ready. @throws Error with its last lines if it ends before */
  async start(): Promise<void> {
    // The environment of the tests must not affect the build.
    const { NODE_ENV: _mode, VITEST: _vitest, ...own } = process.env;
    const env = { ...own, ...UNLIMITED } as NodeJS.ProcessEnv; // its types are the defaults of wrangler.toml
    mkdirSync(this.#temporary, { recursive: true });
    const child = spawn(process.execPath, this.#arguments, {
      cwd: PROJECT_DIRECTORY,
      env: { ...env, TMPDIR: this.#temporary, PATH: `${join(PROJECT_DIRECTORY, "node_modules/.bin")}:${env["PATH"]}` },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const stopWithUs = () => child.kill("SIGKILL");
    process.once("exit", stopWithUs);
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once("close", () => {
        process.off("exit", stopWithUs);
        resolve(undefined);
      });
    });
    await new Promise<void>((resolve, reject) => {
      const read = (line: string) => {
        if (line.startsWith(READY)) resolve();
        else this.#keep(line);
      };
      byLine(child.stdout, read);
      byLine(child.stderr, read);
      child.once("error", reject);
      this.#ended.then(() => reject(new Error(`the service ended:\n${this.#lines.join("\n")}`)));
    });
  }

  /** Kills the runtime with its database, then the process that started it. */
  async kill(): Promise<void> {
    const runtimes = this.#runtimes();
    await this.#killAll(runtimes);
  }

  /**
   * Kills them right after a database write, when clients have not yet received most responses. Waits at most one
   * second for a write.
   */
  async killAtWrite(): Promise<void> {
    // Listed before the write, because there is no time afterwards.
    const runtimes = this.#runtimes();
    await nextWrite(this.#storage);
    await this.#killAll(runtimes);
  }

  #runtimes(): number[] {
    const pid = this.#child?.exitCode === null ? this.#child.pid : undefined;
    return pid === undefined ? [] : runtimesBelow(pid);
  }

  async #killAll(runtimes: readonly number[]): Promise<void> {
    for (const runtime of runtimes) process.kill(runtime, "SIGKILL");
    this.#child?.kill("SIGKILL");
    await this.#ended;
  }

  /** Stops it in an orderly way. */
  async stop(): Promise<void> {
    this.#child?.kill("SIGTERM");
    await this.#ended;
  }

  #keep(line: string): void {
    if (line.startsWith('{"') && !line.includes('"level":"error"')) return;
    this.#lines = [...this.#lines, line].slice(-KEPT_LINES);
  }
}

function byLine(stream: NodeJS.ReadableStream | null, take: (line: string) => void): void {
  let rest = "";
  stream?.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(take);
  });
}

/** Resolves at the next write to a D1 database below the directory, or after a second. */
async function nextWrite(directory: string): Promise<void> {
  const logs = readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((file) =>
    /D1.*\.sqlite-wal$/.test(file),
  );
  const { promise, resolve } = Promise.withResolvers<void>();
  const watchers = logs.map((file) => watch(join(directory, file), () => resolve()));
  const timer = setTimeout(resolve, 1000);
  await promise;
  clearTimeout(timer);
  for (const watcher of watchers) watcher.close();
}

/** The Workers runtimes among the descendants of a process. */
function runtimesBelow(pid: number): number[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid=,comm="], { encoding: "utf8" });
  const processes = table
    .trim()
    .split("\n")
    .map((row) => row.trim().split(/\s+/))
    .map(([own, parent, ...command]) => ({ pid: Number(own), parent: Number(parent), command: command.join(" ") }));
  const below = (ancestor: number): typeof processes =>
    processes.filter(({ parent }) => parent === ancestor).flatMap((child) => [child, ...below(child.pid)]);
  return below(pid)
    .filter(({ command }) => basename(command).startsWith("workerd"))
    .map((runtime) => runtime.pid);
}
