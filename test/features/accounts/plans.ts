/** Checks of SQLite's query plans. */
import { expect } from "vitest";
import { planOf, type Statement } from "../../support/recorder.ts";

const INDEXED =
  /USING (COVERING )?INDEX|USING INTEGER PRIMARY KEY|USING PRIMARY KEY|VIRTUAL TABLE INDEX|^SCAN \(subquery-\d+\)$|^SCAN CONSTANT ROW$/;

/** The local mailbox has at most a hundred rows and does not exist in a deployment. */
const MAILBOX = /\bmailbox\b/;

const plans = new Map<string, Promise<string[]>>();

function plan(statement: Statement): Promise<string[]> {
  const known = plans.get(statement.sql) ?? planOf(statement);
  plans.set(statement.sql, known);
  return known;
}

/** Expects an index for every table, except those that SQLite builds within the statement. */
export async function expectIndexed(statements: readonly Statement[], label: string): Promise<void> {
  expect(statements.length, label).toBeGreaterThan(0);
  for (const statement of statements.filter(({ sql }) => !MAILBOX.test(sql))) {
    for (const step of await plan(statement)) {
      const isFine = /^(SCAN|SEARCH) /.test(step) ? INDEXED.test(step) : !step.includes("AUTOMATIC");
      expect(isFine, `${label}: ${step}\n${statement.sql}`).toBe(true);
    }
  }
}

export async function sortsNothing(statement: Statement): Promise<boolean> {
  return (await plan(statement)).every((step) => !step.includes("TEMP B-TREE"));
}
