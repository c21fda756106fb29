/** Deletes expired snapshots of lists. */
import { defineModule } from "#core/contract/module.ts";
import { dropExpired } from "./snapshot.ts";

export const pagingModule = defineModule({
  name: "paging",
  scheduledTasks: { snapshots: ({ database, now }) => dropExpired(database, now) },
});
