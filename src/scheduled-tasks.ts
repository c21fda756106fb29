/**
 * Runs the scheduled tasks of all modules. Each task runs whether or not the others succeed; a task that fails is logged
 * and runs again the next time.
 */
import type { Registry, ScheduledContext, ScheduledTask } from "#core/contract/module.ts";

/** The trigger of wrangler.toml for tasks that cannot wait for the others. */
export const EVERY_MINUTE = "* * * * *";

/** The tasks of a trigger: those of every minute, or all. */
export function tasksOf(
  cron: string,
  { minuteTasks, scheduledTasks }: Pick<Registry, "minuteTasks" | "scheduledTasks">,
): Readonly<Record<string, ScheduledTask>> {
  return cron === EVERY_MINUTE ? minuteTasks : { ...minuteTasks, ...scheduledTasks };
}

/** Never rejects: a failure is one line of the log. */
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
