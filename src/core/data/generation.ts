/** How often a collection has changed: what its lists are validated by. */
export interface Generation {
  readonly generation: number;
  /** Epoch ms. */
  readonly changedAt: number;
}

/**
 * The same for no two states of a collection: a database that is restored counts on from an earlier number, and reaches
 * those again that it had given away, but at other times.
 */
export function tokenOfGeneration({ generation, changedAt }: Generation): string {
  return `g${generation.toString(36)}.${changedAt.toString(36)}`;
}
