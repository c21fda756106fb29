/**
 * Runs the project's own wrangler, never one from the PATH. Wrangler sends no usage data, writes no log files and ends
 * with this process. Its output is not interpreted.
 */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";

/** The project's directory, with wrangler.toml, migrations/ and node_modules/. */
export const PROJECT_DIRECTORY = join(import.meta.dirname, "..");

/** The declaration of the Worker and its bindings. */
export const WRANGLER_CONFIG = join(PROJECT_DIRECTORY, "wrangler.toml");

const WRANGLER_SCRIPT = createRequire(import.meta.url).resolve("wrangler");

export interface WranglerResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface WranglerOptions {
  /** "capture" (the default) returns the output; "show" prints it to the terminal and allows prompts. */
  output?: "capture" | "show";
  /** The command's standard input. Without it, a captured command gets an empty one. */
  input?: string;
}

/**
 * Runs one wrangler command in the project's directory. A failed command returns its exit code; only a failed spawn
 * throws.
 */
export function runWrangler(args: readonly string[], options: WranglerOptions = {}): Promise<WranglerResult> {
  const shown = options.output === "show" ? "inherit" : "pipe";
  const child = spawn(process.execPath, ["--no-warnings", WRANGLER_SCRIPT, ...args], {
    cwd: PROJECT_DIRECTORY,
    env: {
      ...process.env,
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_WRITE_LOGS: "false",
      WRANGLER_HIDE_BANNER: "true",
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
    },
    stdio: [options.input === undefined && shown === "inherit" ? "inherit" : "pipe", shown, shown],
  });
  // A signal ends this process immediately. Its children must not outlive it.
  const killChild = () => child.kill("SIGKILL");
  process.once("exit", killChild);
  const result: WranglerResult = { exitCode: 1, stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    result.stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    result.stderr += text;
  });
  // A command can end without reading its input.
  child.stdin?.on("error", () => {});
  child.stdin?.end(options.input ?? "");
  return new Promise((resolve, reject) => {
    child.once("error", (error) => {
      process.off("exit", killChild);
      reject(error);
    });
    child.once("close", (code) => {
      process.off("exit", killChild);
      resolve({ ...result, exitCode: code ?? 1 });
    });
  });
}
