/** `npm run new`: its arguments, and that a refused or dry run writes nothing. tutorial.test.ts runs a written module. */
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseNewArguments } from "../../scripts/new/arguments.ts";
import { moduleFiles } from "../../scripts/new/module-files.ts";
import { namesOf, singularOf } from "../../scripts/new/names.ts";
import { withModule, withSeed } from "../../scripts/new/registry.ts";

function reasonFor(...args: readonly string[]): string {
  const parsed = parseNewArguments(args);
  return parsed.kind === "refused" ? parsed.reason : parsed.kind;
}

/** Every file that the command could write, with its content. */
function tree(): Map<string, string> {
  const files = globSync("{schema,migrations,src,scripts,test,docs}/**/*.{ts,sql,json,md}");
  return new Map(files.map((file) => [file, readFileSync(file, "utf8")]));
}

function run(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync("node", ["scripts/new.ts", ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

describe("the names of a module", () => {
  it.each([
    ["reviews", "review"],
    ["categories", "category"],
    ["boxes", "box"],
    ["addresses", "address"],
    ["branches", "branch"],
    ["houses", "house"],
    ["gift-cards", "gift-card"],
    ["sheep", undefined],
    ["glass", undefined],
  ])("derive from %s the singular %s", (plural, singular) => {
    expect(singularOf(plural)).toBe(singular);
  });

  it("are derived from its plural", () => {
    expect(namesOf("gift-cards", "gift-card")).toEqual({
      name: "gift-cards",
      table: "gift_cards",
      plural: "giftCards",
      singular: "giftCard",
      Singular: "GiftCard",
      prefix: "gift_card",
      many: "gift cards",
      Many: "Gift cards",
      one: "gift card",
      aOne: "a gift card",
    });
  });
});

describe("the arguments", () => {
  it.each([
    [["module", "reviews"], "module"],
    [["module", "people", "--singular", "person"], "module"],
    [["module", "reviews", "--members", "rating:integer,text:text", "--public-read"], "module"],
    [["--help"], "help"],
  ])("%j are accepted", (args, kind) => {
    expect(parseNewArguments(args).kind).toBe(kind);
  });

  it.each([
    [[], "expected: module NAME"],
    [["modul", "reviews"], "expected: module NAME"],
    [["module", "reviews", "ratings"], "expected: module NAME"],
    [["module", "Reviews"], "lower-case words joined by hyphens"],
    [["module", "re_views"], "lower-case words joined by hyphens"],
    [["module", "../reviews"], "lower-case words joined by hyphens"],
    [["module", "sheep"], "name its singular with --singular"],
    [["module", "sheep", "--singular", "sheep"], "must differ"],
    [["module", "groups"], "the name groups is reserved"],
    [["module", "orders", "--singular", "order"], "the name order is reserved"],
    [["module", "reviews", "--owner", "--public-read"], "exclude each other"],
    [["module", "reviews", "--colour"], "--colour"],
    [["module", "reviews", "--members", ""], "must be NAME:TYPE"],
    [["module", "reviews", "--members", "rating"], "must be NAME:TYPE"],
    [["module", "reviews", "--members", "rating:number"], "one of line, text, integer"],
    [["module", "reviews", "--members", "Rating:integer"], "lower-case words joined by underscores"],
    [["module", "reviews", "--members", "user_id:line"], "add it by hand"],
    [["module", "reviews", "--members", "id:line"], "the name id is reserved"],
    [["module", "reviews", "--members", "order:integer"], "the name order is reserved"],
    [["module", "reviews", "--members", "a:line,a:text"], "a is declared twice"],
  ])("%j are refused", (args, reason) => {
    expect(reasonFor(...args)).toContain(reason);
  });
});

describe("the lists of modules and seeds", () => {
  it("get the module and its seed as their last items", () => {
    const modules = withModule(readFileSync("src/modules.ts", "utf8"), namesOf("gift-cards", "gift-card"));
    expect(modules).toContain('import { giftCardsModule } from "#store/gift-cards/module.ts";\n');
    expect(modules).toMatch(/ resources: readonly Module\[\] = \[[^\]]+,\n {2}giftCardsModule,\n\];\n/);
    const seeds = withSeed(readFileSync("scripts/seed/seeds.ts", "utf8"), namesOf("gift-cards", "gift-card"));
    expect(seeds).toContain('import { giftCardTables } from "./gift-cards.ts";\n');
    expect(seeds).toContain('\n  { table: "gift_cards", tables: giftCardTables },\n];\n');
  });

  it("must have the expected form", () => {
    expect(() => withModule("const none = [];", namesOf("reviews", "review"))).toThrow(RangeError);
  });
});

it("fills every placeholder of the templates, with any options", () => {
  for (const args of [[], ["--public-read"], ["--members", "number:integer"]]) {
    const parsed = parseNewArguments(["module", "gift-cards", ...args]);
    if (parsed.kind !== "module") throw new Error(parsed.kind);
    for (const { path, content } of moduleFiles(parsed.spec, 12)) expect(content, path).not.toMatch(/\{\{|\}\}\w/);
  }
});

it("refuses names in use, and writes nothing when it refuses or in a dry run", () => {
  const before = tree();
  for (const [args, reason] of [
    [["users"], "schema/users.ts exists already"],
    [["sessions", "--singular", "client"], "other ids begin with client_"],
    [["revocations"], "the table revocations already"],
    [["identity", "--singular", "one-identity"], "a module identity exists already"],
    [["api-keys"], "schema/api-keys.ts exists already"],
    [["limit-resets"], "an endpoint /v1/limit-resets exists already"],
  ] as const) {
    const { status, stdout, stderr } = run("module", ...args, "--dry-run");
    expect({ status, stdout, stderr }).toMatchObject({ status: 2, stdout: "" });
    expect(stderr).toContain("Nothing was written");
    expect(stderr).toContain(reason);
  }
  const dry = run("module", "gift-cards", "--dry-run");
  expect(dry.status).toBe(0);
  expect(dry.stdout).toMatch(
    /^Would write:\n {2}schema\/gift-cards\.ts\n {2}migrations\/\d{4}_create_gift_cards\.sql\n/,
  );
  expect(run("module", "Reviews")).toMatchObject({ status: 2, stdout: "" });
  expect(tree()).toEqual(before);
});
