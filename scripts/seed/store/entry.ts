/** A product of the catalogue, without id and history. */
export interface CatalogueEntry {
  readonly category: string;
  readonly brand: string;
  readonly name: string;
  readonly description: string;
  /** In minor units. */
  readonly priceAmount: number;
  readonly stock: number;
}
