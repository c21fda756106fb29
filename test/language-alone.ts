/**
 * Removes platform globals while a test runs in Node. A test that fails because one of them is missing has to run in
 * workerd.
 */
import { afterEach, beforeEach } from "vitest";

const PLATFORM_GLOBALS = [
  ...["Request", "Response", "Headers", "fetch", "crypto", "caches", "structuredClone", "Buffer", "atob", "btoa"],
  ...["URL", "URLSearchParams", "TextEncoder", "TextDecoder", "Intl", "setTimeout", "setInterval", "queueMicrotask"],
];

let removed: PropertyDescriptorMap = {};

beforeEach(() => {
  for (const name of PLATFORM_GLOBALS) {
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
    if (descriptor !== undefined) removed[name] = descriptor;
    Reflect.deleteProperty(globalThis, name);
  }
});

afterEach(() => {
  Object.defineProperties(globalThis, removed);
  removed = {};
});
