/** What one request writes: statements, their guards, and batch extensions from other features. */
import type { SQL } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Problem } from "#core/http/problem.ts";

/** A condition that must hold when the batch runs, and the problem to throw if it does not. */
export interface Guard {
  readonly condition: SQL;
  /** `cause` is the error of the batch, for the log. */
  refusal(cause: unknown): Problem;
}

export type Statements = readonly [BatchItem<"sqlite">, ...BatchItem<"sqlite">[]];

export interface Write {
  readonly guards: readonly Guard[];
  readonly statements: Statements;
  /** The id of the resource that the request creates, if any, because the path does not contain it. */
  readonly resourceId?: string;
}

/**
 * A batch extension: what another feature adds to the request's batch, such as an idempotency effect. A stage registers
 * it on the request's database, and the handler does not know about it.
 */
export interface BatchExtension {
  /** Checked before the guards of the write. */
  readonly guards?: readonly Guard[];
  statements(write: Pick<Write, "resourceId">): readonly BatchItem<"sqlite">[];
  /** Holds if and only if this batch has committed. It shows that a write took effect even if its response is lost. */
  readonly mark?: SQL;
  /** Called before the batch is sent and after it returns. Tests inject failures here. */
  before?(): Promise<void>;
  after?(): Promise<void>;
}
