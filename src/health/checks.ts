/** Whether what the service depends on answers. A check never throws and never takes longer than its bound. */

export interface CheckResult {
  readonly status: "pass" | "warn" | "fail";
  readonly milliseconds: number;
}

const FAIL_AFTER_MS = 2000;
const WARN_AFTER_MS = 500;

/** Asks the database for its schema's first table: an empty or unreachable one is no database to serve from. */
export async function answersDatabase(database: D1Database): Promise<CheckResult> {
  const startedAt = performance.now();
  const answered = await Promise.race([
    database
      .prepare("SELECT 1 FROM collections LIMIT 1")
      .first()
      .then((row) => row !== null)
      .catch(() => false),
    scheduler.wait(FAIL_AFTER_MS).then(() => false),
  ]);
  const milliseconds = Math.round(performance.now() - startedAt);
  if (!answered) return { status: "fail", milliseconds };
  return { status: milliseconds > WARN_AFTER_MS ? "warn" : "pass", milliseconds };
}
