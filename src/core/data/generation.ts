/** Counts the changes of a collection. Lists are validated by it. */
export interface Generation {
  readonly generation: number;
  /** Epoch ms. */
  readonly changedAt: number;
}

/**
 * A token that is unique to one state of a collection. After a restore, the database counts from an earlier number
 * again, so the token includes the time of the change.
 */
export function tokenOfGeneration({ generation, changedAt }: Generation): string {
  return `g${generation.toString(36)}.${changedAt.toString(36)}`;
}
