/** Finds the string literals of TypeScript source, also in templates, and ignores comments and regular expressions. */

export interface Literal {
  /** Counted from 1. */
  readonly line: number;
  readonly text: string;
}

/**
 * Matches, in this order: a comment, a string, a regular expression, the start of a template, a brace. A slash begins a
 * regular expression only where an operand may stand, so not after a name, a number or a closing bracket.
 */
const TOKEN =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|(?<=[(,=:[!&|?{};>]\s*|\breturn\s+)\/(?![*/])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/|`|[{}]/g;
/** A part of a template, up to its end or to an expression. */
const PART = /((?:[^`\\$]|\\[\s\S]|\$(?!\{))*)(`|\$\{)/y;

export function stringLiteralsOf(source: string): Literal[] {
  const found: Literal[] = [];
  /** For each open brace, whether it opens an expression of a template. */
  const braces: boolean[] = [];
  const add = (index: number, text: string) => found.push({ line: source.slice(0, index).split("\n").length, text });
  const readTemplate = (from: number): number => {
    PART.lastIndex = from;
    const [whole, text, end] = PART.exec(source) ?? [""];
    if (whole === "" || text === undefined) throw new SyntaxError(`unterminated template at ${from}`);
    add(from, text);
    if (end === "${") braces.push(true);
    return from + whole.length;
  };
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(source); match !== null; match = TOKEN.exec(source)) {
    const [token] = match;
    if (token.startsWith('"') || token.startsWith("'")) add(match.index, token.slice(1, -1));
    if (token === "{") braces.push(false);
    if (token === "`" || (token === "}" && braces.pop() === true)) {
      TOKEN.lastIndex = readTemplate(match.index + 1);
    }
  }
  return found;
}
