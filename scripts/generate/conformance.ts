/** Generates docs/conformance.md: each clause with the tests that verify it. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CLAUSES } from "./clauses.ts";

interface NamedTest {
  readonly clause: string;
  readonly file: string;
}

/**
 * Generates the document from the names of the tests below `directory`. @throws Error for a test of an unknown clause
 */
export async function conformanceDocument(directory: string): Promise<string> {
  const tests = await namedTests(directory);
  const known = new Set(CLAUSES.flatMap(({ clauses }) => clauses.map(({ id }) => id)));
  const stray = tests.find(({ clause }) => !known.has(clause));
  if (stray !== undefined)
    throw new Error(
      `${stray.file} has a test of the clause ${stray.clause}, which scripts/generate/clauses.ts does not define`,
    );
  const sections = CLAUSES.map(({ title, source, clauses }) => {
    const rows = clauses.map(({ id, says }) => `| ${id} | ${says} | ${filesOf(id, tests)} |`);
    return [`## ${title}`, "", source, "", "| clause | statement | tests |", "| --- | --- | --- |", ...rows].join("\n");
  });
  return `${[HEADING, ...sections, DEVIATIONS].join("\n\n")}\n`;
}

const HEADING = `# Conformance

After reading this page you know which clauses of the standards the service implements, and which tests verify each of them.

\`npm run generate\` creates this page from the names of the tests, which begin with the ids of their clauses. The number after a file counts its tests, or
tables of tests, of the clause. A clause without a test is not claimed.`;

/** Where the service deviates from a standard. */
const DEVIATIONS = `## Deviations

| standard | requirement | the service | reason |
| --- | --- | --- | --- |
| OpenID Connect Discovery 1.0 section 3, OpenID Connect Core 1.0 section 15.1, RFC 9068 section 2.1 | RS256 among the algorithms | signs ID tokens and access tokens only with ES256, and says so in its metadata and in each registration | One kind of signing key needs one rotation, and tokens are smaller. The OAuth profile for high security (FAPI 2.0 section 5.4) excludes RS256. Certified clients read the algorithm from the metadata ([identity.md](identity.md#algorithms)). |
| RFC 9110 section 15.5.16 | 415 for an unsupported media type | returns 400 \`invalid_request\` at the endpoints of RFC 6749 | RFC 6749 defines one error for every malformed request (section 5.2), and its clients expect it. Unsupported content encodings and charsets are 415 as everywhere. |`;

/** The name of a test or group that begins with one or more clauses: `it("G01 G04 gives ...`. */
const NAMES = /\(\s*["'`]((?:(?:[A-L]\d{2}|0) )+)(?=\S)/g;

function filesOf(id: string, tests: readonly NamedTest[]): string {
  const counts = new Map<string, number>();
  for (const { clause, file } of tests) if (clause === id) counts.set(file, (counts.get(file) ?? 0) + 1);
  const files = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([file, count]) => `\`${file}\` ${count}`);
  return files.length === 0 ? "none" : files.join(", ");
}

async function namedTests(directory: string): Promise<NamedTest[]> {
  const files = (await readdir(directory, { recursive: true })).filter((file) => file.endsWith(".test.ts")).sort();
  const found = await Promise.all(
    files.map(async (file) => {
      const source = await readFile(join(directory, file), "utf8");
      const ids = Array.from(source.matchAll(NAMES), ([, run = ""]) => run.trim().split(" ")).flat();
      return ids.map((clause) => ({ clause, file: `test/${file}` }));
    }),
  );
  return found.flat();
}
