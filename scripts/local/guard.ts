/**
 * Keeps the Workers runtime from outliving this process. The runtime is a process of its own: killed with SIGKILL, we
 * could not stop it, and it would hold the port and the database. So a shell waits on a pipe that closes however we
 * end, and then kills the runtime. Fails open: where no shell can be started, only such a kill leaves the runtime
 * behind.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { basename } from "node:path";

// Each line is the process that replaced the one before.
const WAIT_AND_KILL = 'while read -r line; do runtime=$line; done; [ -z "$runtime" ] || kill -9 "$runtime"';

interface RuntimeGuard {
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
  // The channel speaks before the process exists; its own "spawn" event says when it has an id.
  const onProcess = (message: unknown) => {
    const { process: child } = message as { process: ChildProcess }; // the channel's documented message
    child.once("spawn", () => {
      if (basename(child.spawnfile).startsWith("workerd")) {
        shell.stdin.write(`${child.pid}\n`);
      }
    });
  };
  subscribe("child_process", onProcess);
  return {
    release() {
      unsubscribe("child_process", onProcess);
      shell.kill("SIGKILL");
      shell.stdin.destroy();
    },
  };
}
