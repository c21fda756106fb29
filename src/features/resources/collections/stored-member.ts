/** The columns of one member. By default, it is the column of its name. Pure. */

export type Columns = Readonly<Record<string, unknown>>;

/** How one member is stored, if not in the column of its name. */
export interface StoredMember {
  /** The column that filters and sort keys compare. */
  readonly column: string;
  toColumns(value: unknown): Columns;
  fromRow(row: Columns): unknown;
}

/** A member of the input that only the handler uses. */
export const NOT_STORED: StoredMember = { column: "id", toColumns: () => ({}), fromRow: () => undefined };

/** An amount of money in the columns `…Amount` and `…Currency`. */
export function storedMoney(prefix: string): StoredMember {
  const [amount, currency] = [`${prefix}Amount`, `${prefix}Currency`];
  return {
    column: amount,
    toColumns: (value) => {
      const money = value as { readonly amount: number; readonly currency: string }; // checked by the schema
      return { [amount]: money.amount, [currency]: money.currency };
    },
    fromRow: (row) => ({ amount: row[amount], currency: row[currency] }),
  };
}

/** A set of names in a JSON column: each once, in the order of `known` if given. */
export function storedSet(column: string, known?: readonly string[]): StoredMember {
  const canonical = (value: unknown) => {
    const names = value as readonly string[]; // checked by the schema
    return known?.filter((name) => names.includes(name)) ?? [...new Set(names)];
  };
  return {
    column,
    toColumns: (value) => ({ [column]: canonical(value) }),
    fromRow: (row) => canonical(row[column]),
  };
}

/** `postal_code` is stored as `postalCode`. */
export function columnName(member: string): string {
  return member.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
