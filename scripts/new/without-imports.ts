/** Removes from a source what it imports from some places, with the lines that use it. Pure. */

/**
 * Removes each import whose path begins with `from`, and each other line that contains an imported name. So the names
 * must be used in lines of their own, as in a list.
 */
export function withoutImports(source: string, from: string): string {
  const imports = Array.from(source.matchAll(/^import (?:type )?\{([^}]*)\} from "([^"]+)";\n/gm)).filter(
    ([, , path = ""]) => path.startsWith(from),
  );
  const names = imports
    .flatMap(([, list = ""]) => list.split(",").map((name) => name.trim()))
    .filter((name) => name !== "");
  const rest = imports.reduce((text, [line]) => text.replace(line, ""), source);
  const isUsed = (line: string) => names.some((name) => new RegExp(`\\b${name}\\b`).test(line));
  return rest
    .split("\n")
    .filter((line) => !isUsed(line))
    .join("\n");
}
