/** Waiting for the platform for a bounded time: what does not answer must not keep a request. */

/** What the promise gives, or undefined when it has not settled after `ms`. Rejects as it does. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<{ readonly value: T } | undefined> {
  const { promise: timeout, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ms);
  try {
    return await Promise.race([promise.then((value) => ({ value })), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** What the promise gives; undefined where it fails or takes longer. */
export async function settledWithin<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  const settled = await within(promise, ms).catch(() => undefined);
  return settled?.value;
}
