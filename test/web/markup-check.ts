/** A strict parser for the service's HTML: elements are closed in order, attributes are quoted and unique. */

/** Elements that end an open paragraph. */
const BLOCKS = new Set(["div", "dl", "details", "h2", "h3", "h4", "h5", "ol", "p", "pre", "section", "table", "ul"]);
const VOID = new Set(["br", "img", "link", "meta", "wbr", "input", "hr"]);

export interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** All elements of a page. Throws at the first syntax error. */
export function readElements(page: string): Element[] {
  if (!page.startsWith("<!doctype html>\n")) throw new Error("no doctype");
  const elements: Element[] = [];
  const open: string[] = [];
  let end = "<!doctype html>".length;
  for (const match of page.matchAll(/<(\/?)([a-z][a-z0-9]*)((?: [a-z-]+(?:="[^"<]*")?)*)>/g)) {
    const [whole, slash, name = "", attributes = ""] = match;
    checkText(page.slice(end, match.index));
    end = match.index + whole.length;
    if (slash === "/") {
      const expected = open.pop();
      if (expected !== name) throw new Error(`</${name}> instead of </${expected}>`);
      continue;
    }
    if (open.includes("p") && BLOCKS.has(name)) throw new Error(`<${name}> within <p>`);
    elements.push({ name, attributes: readAttributes(attributes) });
    if (!VOID.has(name)) open.push(name);
  }
  checkText(page.slice(end));
  if (open.length > 0) throw new Error(`unclosed elements: ${open.join(", ")}`);
  return elements;
}

function checkText(text: string): void {
  if (/[<>]|&(?!(?:amp|lt|gt|quot|#39);)/.test(text)) throw new Error(`unescaped text: ${text.slice(0, 120)}`);
}

function readAttributes(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = "", value = ""] of text.matchAll(/ ([a-z-]+)(?:="([^"]*)")?/g)) {
    if (attributes.has(name)) throw new Error(`repeated attribute ${name}`);
    attributes.set(name, value);
  }
  return attributes;
}

export function valuesOf(elements: readonly Element[], attribute: string): string[] {
  return elements.map(({ attributes }) => attributes.get(attribute)).filter((value) => value !== undefined);
}
