/** How often a collection has changed: what its lists are validated by. */
export interface Generation {
  readonly generation: number;
  /** Epoch ms. */
  readonly changedAt: number;
}
