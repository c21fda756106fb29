/**
 * Keeps rendered pages in the memory of the isolate. A page can contain its origin, so only the rendering for the last
 * origin is kept: requests for made-up hosts cost time, but no memory.
 */

interface Rendered {
  readonly origin: string;
  readonly content: string;
}

const rendered = new Map<string, Rendered>();

/** Returns the page `name`, and renders it only if the origin has changed. `origin` is empty if the page shows none. */
export async function renderedOnce(name: string, origin: string, render: () => Promise<string>): Promise<string> {
  const known = rendered.get(name);
  if (known?.origin === origin) return known.content;
  const content = await render();
  rendered.set(name, { origin, content });
  return content;
}
