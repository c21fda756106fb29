/**
 * Adapts the platform where it differs from Node in ways that oidc-provider and Koa depend on. Call it once, before
 * they are loaded: it changes objects that the whole isolate shares.
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

/**
 * Node's method treats missing bounds as the whole buffer; the platform requires bounds (oidc-provider,
 * lib/helpers/base64url.js).
 */
function sliceWithoutBounds(): void {
  const prototype = Buffer.prototype as unknown as Sliceable; // a Node method that the types omit
  const slice = prototype.base64urlSlice;
  prototype.base64urlSlice = function base64urlSlice(this: Sliceable, start = 0, end = this.length) {
    return slice.call(this, start, end);
  };
}

/**
 * The platform's debug log is always on, and Koa requests one. Each request must have only the service's own log line.
 */
function silenceKoa(): void {
  const { debuglog } = util;
  util.debuglog = ((section: string, ...rest: []) =>
    section.startsWith("koa") ? ignore : debuglog(section, ...rest)) as typeof debuglog; // Koa only calls the result
}

function ignore(): void {}

/** oidc-provider warns on every runtime except Node. This runtime is tested. */
function silenceRuntimeNotice(): void {
  const { warn } = console;
  console.warn = (...content: unknown[]) => {
    if (!String(content[0]).startsWith("oidc-provider WARNING: Unsupported runtime")) warn(...content);
  };
}
