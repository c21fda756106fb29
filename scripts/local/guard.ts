/**
 * Ties the Workers runtime to this process. If this process is killed with SIGKILL, it cannot stop the runtime, which
 * would keep the port and the database. A shell therefore waits on a pipe that closes when this process ends, and then
 * kills the runtime. An unexpected end of the runtime is reported. If no shell can start, only a SIGKILL leaves the
 * runtime running.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { basename } from "node:path";

// Each line is the id of the current runtime and replaces the previous one.
const WAIT_AND_KILL = 'while read -r line; do runtime=$line; done; [ -z "$runtime" ] || kill -9 "$runtime"';

/** How a runtime ended: with an exit code or by a signal. */
export interface RuntimeEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RuntimeGuard {
  /** Resolves if a runtime ends that this process did not stop; otherwise it never resolves. */
  readonly lost: Promise<RuntimeEnd>;
  /** The process id of the latest runtime. */
  processId(): number | undefined;
  /** Ends the guard after an orderly stop of the runtime. */
  release(): void;
}

/** Guards every Workers runtime that this process starts from now on. */
export function guardRuntime(): RuntimeGuard {
  // Detached, so that Ctrl-C in the terminal does not end the guard before the runtime.
  const shell = spawn("/bin/sh", ["-c", WAIT_AND_KILL], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  shell.on("error", () => {});
  shell.stdin.on("error", () => {});
  shell.unref();
  const { promise: lost, resolve: lose } = Promise.withResolvers<RuntimeEnd>();
  let processId: number | undefined;
  // The channel publishes before the process exists. The "spawn" event fires when it has an id.
  const onProcess = (message: unknown) => {
    const { process: child } = message as { process: ChildProcess }; // the channel's documented message
    child.once("spawn", () => {
      if (basename(child.spawnfile).startsWith("workerd")) {
        processId = child.pid;
        shell.stdin.write(`${child.pid}\n`);
        // `killed`: this process sent a signal, possibly to a runtime that had already exited.
        child.once("exit", (code, signal) => (child.killed && signal !== null) || lose({ code, signal }));
      }
    });
  };
  subscribe("child_process", onProcess);
  return {
    lost,
    processId: () => processId,
    release() {
      unsubscribe("child_process", onProcess);
      shell.kill("SIGKILL");
      shell.stdin.destroy();
    },
  };
}

/** "was killed by SIGKILL", "exited with code 1" */
export function wordsOfEnd({ code, signal }: RuntimeEnd): string {
  return signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
}
