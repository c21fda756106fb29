/**
 * Adds sessions to a database that a test made. They apply the test's behaviour to their calls, and always use the
 * primary.
 */
export function withSessions(database: D1Database): D1Database {
  // A database with its own sessions keeps them; a proxy's sessions would bypass the proxy.
  if (Object.hasOwn(database, "withSession")) return database;
  const session = {
    prepare: (query: string) => database.prepare(query),
    batch: (statements: D1PreparedStatement[]) => database.batch(statements),
    getBookmark: () => null,
  };
  return new Proxy(database, {
    get(target, name) {
      if (name === "withSession") return () => session;
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
