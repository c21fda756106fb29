/** A database whose batches fail at a chosen statement. */
import { env } from "cloudflare:workers";

/** Fails every batch that has a statement number `failing`, counted from 0. */
export function breakDatabase(failing: number): { readonly database: D1Database; wasBroken(): boolean } {
  let broken = false;
  const database = new Proxy(env.DB, {
    get(target, name) {
      if (name === "batch") {
        return (statements: D1PreparedStatement[]) => {
          broken ||= failing < statements.length;
          const failure = target.prepare("INSERT INTO guards (holds) VALUES (0)");
          return target.batch(statements.map((statement, index) => (index === failing ? failure : statement)));
        };
      }
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  return { database, wasBroken: () => broken };
}
