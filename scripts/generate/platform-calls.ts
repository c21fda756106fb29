/** The table of docs/architecture.md that says what each kind of request asks of the platform: the budgets of its tests. */
import { BUDGETS, type Budget, type Cost, STORE } from "../../test/budgets/budgets.ts";

const BEGIN = "<!-- generated: what a request costs -->";
const END = "<!-- /generated -->";

const COLUMNS = ["d1", "objects", "kv"] as const satisfies readonly (keyof Cost)[];

/** `document` with what stands between the marks made anew. @throws Error where there are no marks */
export function withPlatformCalls(document: string): string {
  const [before, rest] = document.split(BEGIN);
  const after = rest?.split(END).slice(1).join(END);
  if (before === undefined || after === undefined || after === "") {
    throw new Error("docs/architecture.md has lost the marks of its table of platform calls");
  }
  return `${before}${BEGIN}\n\n${costTable()}\n\n${END}${after}`;
}

function costTable(): string {
  const groups = Object.values(BUDGETS).flatMap(({ title, budgets }) => [
    row([`**${title}**`, "", "", "", "", ""]),
    ...rowsOf(Object.entries(budgets)),
  ]);
  const { products, users, orders } = STORE;
  return [
    `Rows are those of a store of ${products} products, ${users} users and ${orders} orders of two items each. A number behind a plus is asked after the answer, and what is put into the cache is not waited for either.`,
    "",
    row(["request", "D1", "Durable Objects", "KV", "cache", "rows read"]),
    row(["---", "---", "---", "---", "---", "---"]),
    ...groups,
  ].join("\n");
}

/** Neighbours that ask nothing share a row. */
function rowsOf(budgets: readonly (readonly [request: string, budget: Budget])[]): string[] {
  const shown: { names: string[]; budget: Budget }[] = [];
  for (const [name, budget] of budgets) {
    const last = shown.at(-1);
    if (last !== undefined && isNothing(last.budget) && isNothing(budget)) last.names.push(name);
    else shown.push({ names: [name], budget });
  }
  return shown.map(({ names, budget }) => row([names.join("; "), ...cellsOf(budget)]));
}

function isNothing(budget: Budget): boolean {
  return Object.keys(budget).length === 0;
}

function cellsOf(budget: Budget): string[] {
  const calls = COLUMNS.map((column) => {
    const later = budget.after?.[column] ?? 0;
    return [budget[column] ?? 0, ...(later === 0 ? [] : [later])].join(" + ");
  });
  return [...calls, String(budget.cache ?? 0), String(budget.rows ?? 0)];
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
