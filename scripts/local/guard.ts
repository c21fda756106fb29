/**
 * Keeps the Workers runtime and this process together. Each is a process of its own: killed with SIGKILL, we could not
 * stop the runtime, and it would hold the port and the database. So a shell waits on a pipe that closes however we end,
 * and then kills the runtime. And a runtime that ends though this process did not end it is reported. Fails open: where
 * no shell can be started, only such a kill of ours leaves the runtime behind.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { basename } from "node:path";

// Each line is the process that replaced the one before.
const WAIT_AND_KILL = 'while read -r line; do runtime=$line; done; [ -z "$runtime" ] || kill -9 "$runtime"';

/** How a runtime ended: by itself with a code, or by a signal. */
export interface RuntimeEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RuntimeGuard {
  /** Resolves when a runtime ends that this process did not end; never otherwise. */
  readonly lost: Promise<RuntimeEnd>;
  /** The id of the runtime that was started last. */
  processId(): number | undefined;
  /** Lets go, once the runtime has been stopped in order. */
  release(): void;
}

/** Guards every Workers runtime that this process starts from now on. */
export function guardRuntime(): RuntimeGuard {
  // Detached: a terminal's Ctrl-C must not end the guard before what it guards.
  const shell = spawn("/bin/sh", ["-c", WAIT_AND_KILL], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  shell.on("error", () => {});
  shell.stdin.on("error", () => {});
  shell.unref();
  const { promise: lost, resolve: lose } = Promise.withResolvers<RuntimeEnd>();
  let processId: number | undefined;
  // The channel speaks before the process exists; its own "spawn" event says when it has an id.
  const onProcess = (message: unknown) => {
    const { process: child } = message as { process: ChildProcess }; // the channel's documented message
    child.once("spawn", () => {
      if (basename(child.spawnfile).startsWith("workerd")) {
        processId = child.pid;
        shell.stdin.write(`${child.pid}\n`);
        // `killed`: this process sent a signal, though perhaps to one that had exited already.
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
