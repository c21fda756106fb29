/** Runs the real `npm start` as a child process, and lists the processes that it starts. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createServer, type Server } from "node:net";
import { basename, join } from "node:path";

const PROJECT_DIRECTORY = join(import.meta.dirname, "../..");

export interface StartProcess {
  child: ChildProcess;
  /** The complete lines of standard output so far. */
  lines: string[];
  /** Standard error so far. */
  errors(): string;
  /** Resolves with the first line that begins with `start`; rejects if the process ends without one. */
  lineThatBegins(start: string): Promise<string>;
  /** The exit code; null when a signal ended it. */
  exited: Promise<number | null>;
}

/** Starts `node scripts/start.ts` with Node 24, also if another version runs the tests. */
export function start(...args: string[]): StartProcess {
  return startWith({}, ...args);
}

/** The same with variables added to its environment. */
export function startWith(variables: Readonly<Record<string, string>>, ...args: string[]): StartProcess {
  // The environment of the tests must not affect the build.
  const { NODE_ENV: _mode, VITEST: _vitest, ...inherited } = process.env;
  const env = { ...inherited, ...variables };
  const child = spawn(join(PROJECT_DIRECTORY, "node_modules/.bin/node"), ["scripts/start.ts", ...args], {
    cwd: PROJECT_DIRECTORY,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  let rest = "";
  let errors = "";
  const waiting = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
    for (const look of waiting) {
      look();
    }
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const exited = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  function lineThatBegins(beginning: string): Promise<string> {
    return new Promise((resolve, reject) => {
      function look() {
        const line = lines.find((candidate) => candidate.startsWith(beginning));
        if (line !== undefined) {
          waiting.delete(look);
          resolve(line);
        }
      }
      waiting.add(look);
      look();
      exited.then((code) =>
        reject(new Error(`ended with ${code} before "${beginning}": ${lines.join("\n")}${errors}`)),
      );
    });
  }
  return { child, lines, errors: () => errors, lineThatBegins, exited };
}

/** The ids of all processes that descend from one. */
export function descendantsOf(pid: number): number[] {
  const children = listProcesses().filter((entry) => entry.parent === pid);
  return children.flatMap((entry) => [entry.pid, ...descendantsOf(entry.pid)]);
}

/** The process ids of the Workers runtimes among the descendants. */
export function runtimesOf(pid: number): number[] {
  const family = descendantsOf(pid);
  return listProcesses()
    .filter((entry) => entry.command.startsWith("workerd") && family.includes(entry.pid))
    .map((entry) => entry.pid);
}

/** The processes that still run. A process that ended and was not reaped yet does not count. */
export function stillRunning(pids: readonly number[]): number[] {
  const running = new Set(listProcesses().map((entry) => entry.pid));
  return pids.filter((pid) => running.has(pid));
}

function listProcesses(): { pid: number; parent: number; command: string }[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat=,comm="], { encoding: "utf8" });
  return table
    .trim()
    .split("\n")
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , state = ""]) => !state.startsWith("Z"))
    .map(([pid, parent, , command = ""]) => ({ pid: Number(pid), parent: Number(parent), command: basename(command) }));
}

/** Listens on a free port of the loopback interface. */
export function listenAnywhere(): Promise<{ server: Server; port: number }> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") {
        reject(new Error("no port"));
      } else {
        resolve({ server, port: address.port });
      }
    });
  });
}

/** A port on which nothing listens now. */
export async function freePort(): Promise<number> {
  const { server, port } = await listenAnywhere();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
