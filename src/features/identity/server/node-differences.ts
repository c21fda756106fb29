/**
 * Where the platform differs from Node in what oidc-provider and Koa rely on. To be called before they are loaded, and
 * once: what it changes are objects of the whole isolate.
 */
import util from "node:util";

interface Sliceable {
  base64urlSlice(start?: number, end?: number): string;
  readonly length: number;
}

let isPrepared = false;

export function prepareNode(): void {
  if (isPrepared) return;
  isPrepared = true;
  sliceWithoutBounds();
  silenceKoa();
  silenceRuntimeNotice();
}

/** Node's method takes no bounds for the whole buffer; the platform's wants them (oidc-provider, lib/helpers/base64url.js). */
function sliceWithoutBounds(): void {
  const prototype = Buffer.prototype as unknown as Sliceable; // a method of Node that its types leave out
  const slice = prototype.base64urlSlice;
  prototype.base64urlSlice = function base64urlSlice(this: Sliceable, start = 0, end = this.length) {
    return slice.call(this, start, end);
  };
}

/** The platform's debug log is always on, and Koa asks for one. A request has one log line, and it is ours. */
function silenceKoa(): void {
  const { debuglog } = util;
  util.debuglog = ((section: string, ...rest: []) =>
    section.startsWith("koa") ? ignore : debuglog(section, ...rest)) as typeof debuglog; // Koa calls what it gets, nothing more
}

function ignore(): void {}

/** What oidc-provider says to every runtime but Node: that it is on this one is known, and tested. */
function silenceRuntimeNotice(): void {
  const { warn } = console;
  console.warn = (...content: unknown[]) => {
    if (!String(content[0]).startsWith("oidc-provider WARNING: Unsupported runtime")) warn(...content);
  };
}
