/** Databases that fail in different ways. */

/** Every call is rejected with `message`, as D1 does for an invalid statement. */
export function brokenDatabase(message: string): D1Database {
  const refuse = () => Promise.reject(new Error(message));
  const statement = { bind: () => statement, first: refuse, all: refuse, run: refuse, raw: refuse };
  return { prepare: () => statement, batch: refuse, exec: refuse } as unknown as D1Database; // only the members that are called
}

/** No call ever resolves. */
export function silentDatabase(): D1Database {
  const wait = () => new Promise<never>(() => {});
  const statement = { bind: () => statement, first: wait, all: wait, run: wait, raw: wait };
  return { prepare: () => statement, batch: wait, exec: wait } as unknown as D1Database; // only the members that are called
}

/** Without methods, as if the binding were missing. */
export function unboundDatabase(): D1Database {
  return {} as D1Database; // a missing binding has no members
}
