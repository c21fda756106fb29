/** Databases that do not work, each in its way. */

/** Every call is refused with `message`, as D1 does when a statement is wrong. */
export function brokenDatabase(message: string): D1Database {
  const refuse = () => Promise.reject(new Error(message));
  const statement = { bind: () => statement, first: refuse, all: refuse, run: refuse, raw: refuse };
  return { prepare: () => statement, batch: refuse, exec: refuse } as unknown as D1Database; // the part of it that is called
}

/** No call is ever answered. */
export function silentDatabase(): D1Database {
  const wait = () => new Promise<never>(() => {});
  const statement = { bind: () => statement, first: wait, all: wait, run: wait, raw: wait };
  return { prepare: () => statement, batch: wait, exec: wait } as unknown as D1Database; // likewise
}

/** Not even a statement can be made, as when the binding is missing. */
export function unboundDatabase(): D1Database {
  return {} as D1Database; // what a missing binding amounts to
}
