/**
 * Remembers rendered pages for as long as the isolate lives. Some show the origin they are served under, so of each page
 * the last origin's is kept: a stream of made-up hosts costs time, never memory.
 */

interface Rendered {
  readonly origin: string;
  readonly content: string;
}

const rendered = new Map<string, Rendered>();

/** The page of that name for that origin (empty where the page shows none), rendered anew only for another origin. */
export async function renderedOnce(name: string, origin: string, render: () => Promise<string>): Promise<string> {
  const known = rendered.get(name);
  if (known?.origin === origin) return known.content;
  const content = await render();
  rendered.set(name, { origin, content });
  return content;
}
