/**
 * Runs the scheduled tasks of all modules. The tasks are independent: a task that fails is logged and runs again at the
 * next trigger.
 */
import type { Registry, ScheduledContext, ScheduledTask } from "#core/contract/module.ts";

/** The cron trigger in wrangler.toml for tasks that run every minute. */
export const EVERY_MINUTE = "* * * * *";

/** The tasks of a trigger: the minute tasks for `EVERY_MINUTE`, otherwise all tasks. */
export function tasksOf(
  cron: string,
  { minuteTasks, scheduledTasks }: Pick<Registry, "minuteTasks" | "scheduledTasks">,
): Readonly<Record<string, ScheduledTask>> {
  return cron === EVERY_MINUTE ? minuteTasks : { ...minuteTasks, ...scheduledTasks };
}

/** Never rejects. Each failure becomes one log line. */
export async function runScheduledTasks(
  tasks: Readonly<Record<string, ScheduledTask>>,
  context: ScheduledContext,
): Promise<void> {
  for (const [name, task] of Object.entries(tasks)) {
    try {
      await task(context);
    } catch (error) {
      context.writeLog(JSON.stringify(failureLine(name, error, context.now)));
    }
  }
}

function failureLine(task: string, error: unknown, now: number): Record<string, unknown> {
  return {
    timestamp: new Date(now).toISOString(),
    level: "error",
    message: "upkeep",
    "upkeep.task": task,
    "exception.message": error instanceof Error ? error.message : String(error),
  };
}
