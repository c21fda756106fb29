/** Generates the table of platform calls in docs/architecture.md from the budgets of the tests. */
import { globSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Budget, BudgetGroup, Cost } from "../../test/budgets/budgets.ts";

const BEGIN = "<!-- generated: what a request costs -->";
const END = "<!-- /generated -->";

const COLUMNS = ["d1", "objects", "kv"] as const satisfies readonly (keyof Cost)[];

/** The budgets of a domain, and a note about the data that they are counted with. */
interface Budgets {
  readonly BUDGETS: Readonly<Record<string, BudgetGroup>>;
  readonly NOTE?: string;
}

/** Replaces the text between the marks of `document`. @throws Error if a mark is missing */
export async function withPlatformCalls(document: string): Promise<string> {
  const [before, rest] = document.split(BEGIN);
  const after = rest?.split(END).slice(1).join(END);
  if (before === undefined || after === undefined || after === "") {
    throw new Error("docs/architecture.md has no marks for the table of platform calls");
  }
  return `${before}${BEGIN}\n\n${await costTable()}\n\n${END}${after}`;
}

async function costTable(): Promise<string> {
  const tables = await allBudgets();
  const groups = tables
    .flatMap(({ BUDGETS }) => Object.values(BUDGETS))
    .flatMap(({ title, budgets }) => [row([`**${title}**`, "", "", "", "", ""]), ...rowsOf(Object.entries(budgets))]);
  const notes = tables.flatMap(({ NOTE = "" }) => (NOTE === "" ? [] : [`${NOTE} `]));
  return [
    `${notes.join("")}A number after a plus counts calls after the response. The cache column includes writes that the request does not wait for.`,
    "",
    row(["request", "D1", "Durable Objects", "KV", "cache", "rows read"]),
    row(["---", "---", "---", "---", "---", "---"]),
    ...groups,
  ].join("\n");
}

/** The budgets of the features, then those of each domain. */
async function allBudgets(): Promise<Budgets[]> {
  const root = fileURLToPath(new URL("../../test/", import.meta.url).href);
  const files = globSync("{,*/}budgets/budgets.ts", { cwd: root }).sort(
    (a, b) => a.length - b.length || (a < b ? -1 : 1),
  );
  return Promise.all(files.map((file) => import(`../../test/${file}`)));
}

/** Consecutive requests without platform calls share a row. */
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
