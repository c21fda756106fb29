/** What one request writes: statements, the guards they depend on, and what other features add to the same batch. */
import type { SQL } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Problem } from "#core/http/problem.ts";

/** A condition that must hold when the batch runs, and the problem to answer with when it does not. */
export interface Guard {
  readonly condition: SQL;
  /** `cause` is how the batch failed, for the log to keep. */
  refusal(cause: unknown): Problem;
}

export type Statements = readonly [BatchItem<"sqlite">, ...BatchItem<"sqlite">[]];

export interface Write {
  readonly guards: readonly Guard[];
  readonly statements: Statements;
  /** The id of the resource that the request makes, where it makes one: its path cannot tell it. */
  readonly resourceId?: string;
}

/**
 * What another room has the request's write carry along, in the same batch: an effect's mark, for example. A stage
 * puts it on the request's database, and the handler that commits need not know.
 */
export interface Rider {
  /** Asked before those of the write. */
  readonly guards?: readonly Guard[];
  statements(write: Pick<Write, "resourceId">): readonly BatchItem<"sqlite">[];
  /** Holds exactly when this very batch has committed. With it, a write whose answer is lost is known to be made. */
  readonly mark?: SQL;
  /** Called just before the batch is sent, and when its answer is there: where tests let it fail. */
  before?(): Promise<void>;
  after?(): Promise<void>;
}
