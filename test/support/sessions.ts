/** Sessions of a database that a test made: what it does to calls it does to those of a session, all at the primary. */
export function withSessions(database: D1Database): D1Database {
  // One that has sessions of its own brought them; those of a proxy would go past it.
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
