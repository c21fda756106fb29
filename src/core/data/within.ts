/** Bounded waiting for the platform, so that a call without a response cannot block a request. */

/** The value of the promise, or undefined if it does not settle within `ms`. Rejects if the promise rejects. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<{ readonly value: T } | undefined> {
  const { promise: timeout, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ms);
  try {
    return await Promise.race([promise.then((value) => ({ value })), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** The value of the promise, or undefined if it fails or takes longer. */
export async function settledWithin<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  const settled = await within(promise, ms).catch(() => undefined);
  return settled?.value;
}
