/** Parses the command line of `npm run new`. Pure: it neither reads files nor prints. */
import { parseArgs } from "node:util";
import { messageOf } from "../local/start-failure.ts";
import { DEFAULT_MEMBERS, type Member, parseMembers } from "./members.ts";
import { isKebabCase, type Names, namesOf, singularOf } from "./names.ts";
import { isReservedTable } from "./reserved.ts";

export const NEW_USAGE = `Usage: npm run new -- module NAME [options]

Writes a working module in src/store/NAME with its table, migration, seed and tests, and adds it to src/modules.ts.

  NAME               the plural in kebab-case, such as reviews or gift-cards
  --members TEXT     the members that clients write, as NAME:TYPE separated by commas (default "${DEFAULT_MEMBERS}").
                     Types: line (one line, sortable), text (several lines), integer (sortable)
  --owner            only its owner and staff can read a row (default)
  --public-read      anyone can read all rows, without a token. Only the owner can write a row
  --singular WORD    the singular of NAME, if it is irregular
  --dry-run          print what would be written
  --help             show this text`;

export interface ModuleSpec {
  readonly names: Names;
  readonly members: readonly Member[];
  readonly isPublic: boolean;
}

type NewArguments =
  | { readonly kind: "module"; readonly spec: ModuleSpec; readonly isDryRun: boolean }
  | { readonly kind: "help" }
  | { readonly kind: "refused"; readonly reason: string };

/** Parses the arguments after the script's name. Invalid arguments are refused with a reason. */
export function parseNewArguments(args: readonly string[]): NewArguments {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    return { kind: "refused", reason: messageOf(error) };
  }
  const { values, positionals } = parsed;
  if (values.help === true) return { kind: "help" };
  const [command, name, ...rest] = positionals;
  if (command !== "module" || name === undefined || rest.length > 0)
    return { kind: "refused", reason: "expected: module NAME" };
  if (values.owner === true && values["public-read"] === true)
    return { kind: "refused", reason: "--owner and --public-read exclude each other" };
  const names = readNames(name, values.singular);
  if ("reason" in names) return { kind: "refused", reason: names.reason };
  const members = parseMembers(values.members ?? DEFAULT_MEMBERS);
  if ("reason" in members) return { kind: "refused", reason: members.reason };
  const spec = { names, members, isPublic: values["public-read"] === true };
  return { kind: "module", spec, isDryRun: values["dry-run"] === true };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      members: { type: "string" },
      owner: { type: "boolean" },
      "public-read": { type: "boolean" },
      singular: { type: "string" },
      "dry-run": { type: "boolean" },
      help: { type: "boolean" },
    },
    allowPositionals: true,
  });
}

function readNames(plural: string, given: string | undefined): Names | { readonly reason: string } {
  if (!isKebabCase(plural))
    return { reason: `${plural} must be lower-case words joined by hyphens, such as gift-cards` };
  const singular = given ?? singularOf(plural);
  if (singular === undefined)
    return { reason: `${plural} does not look like a plural; name its singular with --singular` };
  if (!isKebabCase(singular)) return { reason: `--singular: ${singular} must be lower-case words joined by hyphens` };
  if (singular === plural) return { reason: `the singular and the plural of ${plural} must differ` };
  const names = namesOf(plural, singular);
  const reserved = [names.table, names.plural, names.prefix].find(isReservedTable);
  return reserved === undefined ? names : { reason: `the name ${reserved} is reserved` };
}
