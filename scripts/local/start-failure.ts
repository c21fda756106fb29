/** Why the local server could not start, worded for the person who typed the command; it needs no stack trace. */
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

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Of a full disk: system calls, SQLite and the build each say it in their own words. */
const FULL_DISK = /\b(ENOSPC|EDQUOT|SQLITE_FULL|database or disk is full|no space left on device)\b/i;

/** With less free space than this a failure is taken for one of the disk: the local D1 does not say what it lacked. */
const SCARCE_BYTES = 64 * 1024 * 1024;

/** Whether a failure comes of a disk, or a quota on it, that is full. `freeBytes`: of the state's disk, afterwards. */
export function isFullDisk(error: unknown, freeBytes = Number.POSITIVE_INFINITY): boolean {
  if (freeBytes < SCARCE_BYTES) return true;
  if (FULL_DISK.test(systemErrorCode(error) ?? "") || FULL_DISK.test(messageOf(error))) return true;
  return error instanceof Error && error.cause !== undefined && isFullDisk(error.cause);
}
