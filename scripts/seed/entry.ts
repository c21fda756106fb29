/** A product as the catalogue knows it, before it has an id and a history. */
export interface CatalogueEntry {
  readonly category: string;
  readonly brand: string;
  readonly name: string;
  readonly description: string;
  /** In minor units. */
  readonly priceAmount: number;
  readonly stock: number;
}
