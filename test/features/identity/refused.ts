/** Reads the refusal of an action: the problem for the client, and the reason for the log. */
import type { LogFields } from "#core/contract/log-fields.ts";
import { Problem } from "#core/http/problem.ts";
import { Refusal, reasonName } from "#features/identity/refusal.ts";

/** The problem that `action` throws. */
export async function problemThrownBy(action: () => unknown): Promise<Problem> {
  return thrownBy(action, (error) => (error instanceof Problem ? error : undefined));
}

/** The name of the reason of the Refusal that `action` throws. */
export async function refusalThrownBy(action: () => unknown): Promise<string> {
  return thrownBy(action, (error) => (error instanceof Refusal ? reasonName(error.reason) : undefined));
}

/** The reason in the log after `action` throws a problem. */
export async function reasonThrownBy(
  action: () => unknown,
  { log }: { readonly log: LogFields },
): Promise<string | undefined> {
  await problemThrownBy(action);
  return log["auth.failure"];
}

async function thrownBy<Value>(action: () => unknown, read: (error: unknown) => Value | undefined): Promise<Value> {
  try {
    await action();
  } catch (error) {
    const value = read(error);
    if (value !== undefined) return value;
    throw error;
  }
  throw new Error("nothing was refused");
}
