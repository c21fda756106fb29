/** A failure to start the local server, with a message for the user. It needs no stack trace. */
export class StartFailure extends Error {
  override readonly name = "StartFailure";
}

/** The code of a failed system call, such as EACCES; undefined for any other error. */
export function systemErrorCode(error: unknown): string | undefined {
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    return error.code;
  }
  return undefined;
}

/** The message of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Error texts for a full disk: system calls, SQLite and the build each have their own. */
const FULL_DISK = /\b(ENOSPC|EDQUOT|SQLITE_FULL|database or disk is full|no space left on device)\b/i;

/** With less free space than this, a failure counts as a full disk, because the local D1 does not report the reason. */
const SCARCE_BYTES = 64 * 1024 * 1024;

/** Whether a full disk or quota caused the failure. `freeBytes`: free space on the state's disk after the failure. */
export function isFullDisk(error: unknown, freeBytes = Number.POSITIVE_INFINITY): boolean {
  if (freeBytes < SCARCE_BYTES) return true;
  if (FULL_DISK.test(systemErrorCode(error) ?? "") || FULL_DISK.test(messageOf(error))) return true;
  return error instanceof Error && error.cause !== undefined && isFullDisk(error.cause);
}
