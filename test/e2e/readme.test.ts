/** Every command in the README exists, and so does every file that the documents name. The store tests the curl lines. */
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { STORE_FILES } from "../../scripts/new/store-files.ts";

const run = promisify(execFile);
const readme = readFileSync("README.md", "utf8");

/** Commands that go with the demo store. The README names them until a team rewrites it. */
const OF_STORE = /^(?:soak(?::reads)?|bench(?::caching)?)$/;

const blocks = Array.from(readme.matchAll(/```sh\n(.*?)```/gs), ([, block = ""]) => block.trim());
const commands = blocks.flatMap((block) => block.split("\n")).filter((line) => line !== "" && !line.startsWith("#"));

describe("the other commands", () => {
  it("are these, and each is tested", () => {
    const others = commands.filter((line) => !line.startsWith("curl "));
    // start.test.ts runs the first, this very run is the second, deploy.test.ts runs the third.
    expect(others).toEqual(["npm ci && npm start", "npm ci && npm test", "npm run deploy -- --dry-run"]);
    expect(readFileSync(".ci/run", "utf8")).toContain("\nnpm ci && npm test\n");
  });

  it("exist in package.json", () => {
    const named = Array.from(readme.matchAll(/`npm run ([a-z][\w:-]*)/g), ([, name = ""]) => name);
    expect(named.length).toBeGreaterThan(0);
    const expected = existsSync("scripts/seed/store") ? named : named.filter((name) => !OF_STORE.test(name));
    for (const name of expected) expect(packageJson.scripts).toHaveProperty(name);
  });

  it("rehearse a deployment without an account", async () => {
    const { stdout } = await run("npm", ["run", "--silent", "deploy", "--", "--dry-run"], { env: process.env });
    expect(stdout).toContain("d1 migrations apply");
  });
});

/** A team that has deleted the demo store rewrites the documents in its own time. */
function isOfDeletedStore(file: string): boolean {
  if (existsSync("src/store") || existsSync("test/store")) return false;
  return STORE_FILES.some((deleted) => `${file}/`.startsWith(`${resolve(deleted)}/`));
}

/** The ids that GitHub gives to the headings of a document. */
function anchorsOf(markdown: string): string[] {
  return Array.from(markdown.matchAll(/^#+ (.*)$/gm), ([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

describe("the links and file names in a document", () => {
  const documents = [".", "docs"].flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith(".md"))
      .map((file) => join(folder, file)),
  );

  it.each(documents)("of %s exist", (document) => {
    const text = readFileSync(document, "utf8");
    const links = Array.from(text.matchAll(/\]\((?!https?:)([^)#]+)/g), ([, link = ""]) =>
      resolve(document, "..", link),
    );
    const files = Array.from(
      text.matchAll(/`((?:src|test|docs|scripts|schema|migrations|bench)\/[\w./-]*)`/g),
      ([, file = ""]) => resolve(file),
    );
    for (const target of [...links, ...files]) {
      if (isOfDeletedStore(target)) continue;
      expect(existsSync(target), `${document} names ${target}`).toBe(true);
    }
  });

  it.each(documents)("of %s lead to headings that exist", (document) => {
    const links = readFileSync(document, "utf8").matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g);
    for (const [link, file = "", anchor = ""] of links) {
      const target = file === "" ? document : resolve(document, "..", file);
      expect(anchorsOf(readFileSync(target, "utf8")), `${document}: ${link}`).toContain(anchor);
    }
  });
});

describe("what the documents say of consistency", () => {
  const rows = readFileSync("docs/consistency.md", "utf8")
    .split("\n")
    .filter((line) => line.split(" | ").length === 4 && !/^\| (?:---|datum)/.test(line))
    .map((line) => ({ datum: line.split(" | ")[0]?.slice(2) ?? "", shown: line.split(" | ")[3] ?? "" }));

  it("is about many things", () => {
    expect(rows.length).toBeGreaterThan(20);
  });

  it.each(rows)("is shown by a test: $datum", ({ shown }) => {
    const files = Array.from(shown.matchAll(/`(test\/[\w./-]+)`/g), ([, file = ""]) => file);
    expect(files).not.toEqual([]);
    if (files.some((file) => isOfDeletedStore(resolve(file)))) return;
    const sources = files.filter((file) => file.endsWith(".ts")).map((file) => readFileSync(file, "utf8"));
    // Where a name has an ellipsis, the test is one of a table.
    for (const [, name = ""] of shown.matchAll(/"([^"]+)"/g)) {
      const parts = name.split("…").filter((part) => part.trim() !== "");
      expect(
        sources.some((source) => parts.every((part) => source.includes(part))),
        name,
      ).toBe(true);
    }
  });
});
