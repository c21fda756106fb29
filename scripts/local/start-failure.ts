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
