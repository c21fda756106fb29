/**
 * A service of one's own, run as `npm start` runs it, that can be killed as a machine dies: at once and with all that it
 * is doing. Only processes that it started itself are ever signalled, by their ids.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, readdirSync, watch } from "node:fs";
import { basename, join } from "node:path";
import { PROJECT_DIRECTORY } from "../wrangler-command.ts";

const READY = "ready on ";

/** What of the service's output is kept for whoever has to find out what went wrong. */
const KEPT_LINES = 40;

/** Orders that a soak leaves unpaid stay as they are, since the books at its end are held against what clients were told. */
const UNLIMITED: Readonly<Record<string, string>> = {
  SLUICE_ORDER_EXPIRY_MINUTES: "10080",
  SLUICE_UNPAID_UNITS_PER_ACCOUNT: "1000000000",
  SLUICE_UNPAID_UNITS_PER_PRODUCT: "1000000000",
};

export class OwnServer {
  readonly #arguments: readonly string[];
  /** What the killed leave behind goes with the state. */
  readonly #temporary: string;
  readonly #storage: string;
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();
  #lines: string[] = [];

  /** Begins nothing yet. */
  constructor(port: number, stateDirectory: string) {
    this.#temporary = join(stateDirectory, "tmp");
    this.#storage = join(stateDirectory, "v3");
    this.#arguments = ["scripts/start.ts", "--port", String(port), "--state", stateDirectory];
  }

  /** The last lines that it wrote, but for those of requests that went well. */
  get lastLines(): readonly string[] {
    return this.#lines;
  }

  /** Resolves when it answers. @throws Error where it ends before that, with its last lines */
  async start(): Promise<void> {
    // The tests' own environment must not reach the build.
    const { NODE_ENV: _mode, VITEST: _vitest, ...own } = process.env;
    const env = { ...own, ...UNLIMITED } as NodeJS.ProcessEnv; // whose types are the defaults of wrangler.toml
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

  /** Kills the runtime, database and all, and then what has started it. */
  async kill(): Promise<void> {
    const runtimes = this.#runtimes();
    await this.#killAll(runtimes);
  }

  /**
   * The same right after the database was written, when what was committed was mostly told to nobody yet; or after a
   * second in which it was not.
   */
  async killAtWrite(): Promise<void> {
    // Found before: by then there would be no time for it.
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

  /** Ends it in order. */
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
