/**
 * Takes from the tests that run in Node, while they run, what only workerd may show them. A test that fails for the lack
 * of one of these has to run in workerd.
 */
import { afterEach, beforeEach } from "vitest";

const OF_THE_PLATFORM = [
  ...["Request", "Response", "Headers", "fetch", "crypto", "caches", "structuredClone", "Buffer", "atob", "btoa"],
  ...["URL", "URLSearchParams", "TextEncoder", "TextDecoder", "Intl", "setTimeout", "setInterval", "queueMicrotask"],
];

let taken: PropertyDescriptorMap = {};

beforeEach(() => {
  for (const name of OF_THE_PLATFORM) {
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
    if (descriptor !== undefined) taken[name] = descriptor;
    Reflect.deleteProperty(globalThis, name);
  }
});

afterEach(() => {
  Object.defineProperties(globalThis, taken);
  taken = {};
});
