// Seeded rows as SQL. Each statement is one line of at most 90 KB, because D1 refuses more than 100 KB.

/** The maximum length of a statement, in bytes of UTF-8. */
export const MAX_STATEMENT_BYTES = 90_000;

export type Value = string | number | null;

/** Yields the INSERT statements of rows that all have the same columns. */
export function* insertsInto(
  table: string,
  rows: readonly (readonly [column: string, value: Value])[][],
): Generator<string> {
  const columns = rows[0]?.map(([column]) => column).join(", ");
  const head = `INSERT INTO ${table} (${columns}) VALUES `;
  let statement = "";
  let bytes = 0;
  for (const row of rows) {
    const tuple = `(${row.map(([, value]) => literal(value)).join(", ")})`;
    const tupleBytes = new TextEncoder().encode(tuple).length + 2;
    if (statement !== "" && bytes + tupleBytes > MAX_STATEMENT_BYTES) {
      yield `${statement};`;
      statement = "";
    }
    if (statement === "") bytes = head.length + 1;
    statement += statement === "" ? head + tuple : `, ${tuple}`;
    bytes += tupleBytes;
  }
  if (statement !== "") yield `${statement};`;
}

/** As `insertsInto`, for rows whose members have the names and the values of the columns. */
export function* insertRows(table: string, rows: readonly object[]): Generator<string> {
  yield* insertsInto(
    table,
    rows.map((row) => Object.entries<Value>({ ...row } as Readonly<Record<string, Value>>)),
  );
}

/** Writes a value as an SQL literal. @throws RangeError for a value that cannot be written on one line without loss */
export function literal(value: Value): string {
  if (value === null) return "NULL";
  if (typeof value === "string") {
    if (/[\0\r\n]/.test(value)) throw new RangeError("a seeded text must not contain line breaks or NUL");
    return `'${value.replaceAll("'", "''")}'`;
  }
  if (!Number.isSafeInteger(value)) throw new RangeError(`not a whole number: ${value}`);
  return String(value);
}
