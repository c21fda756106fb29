/** Runs the project's tools, which `npm run` adds to the path. */
import { spawnSync } from "node:child_process";

/** Runs a tool in the directory. Its errors are printed; the output of a formatter that succeeds is not. @throws Error */
export function runTool(cwd: string, command: string, ...args: readonly string[]): void {
  const isSilent = command === "biome";
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (error !== undefined) throw error;
  if (!isSilent || status !== 0) process.stdout.write(`${stdout}${stderr}`);
  if (status !== 0) throw new Error(`${command} ${args[0] ?? ""} failed`);
}
