/**
 * Fetches an issuer's key set once: bounded in time and size, without redirects, and validated strictly. The content
 * type is not checked, because issuers send various ones.
 */
import type { Fetch } from "#core/contract/dependencies.ts";
import type { KeySet } from "#core/contract/settings.ts";
import { readKeySet } from "./key-set.ts";

const MAX_BYTES = 65_536;

/** Returns the key set, or the failure in a few words. Never rejects. */
export async function fetchKeySet(
  fetch: Fetch,
  uri: string,
  timeoutMs: number,
): Promise<{ readonly keySet: KeySet } | { readonly failure: string }> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const request = new Request(uri, { headers: { Accept: "application/json" }, redirect: "manual", signal });
    const response = await fetch(request);
    if (response.status !== 200) {
      await response.body?.cancel();
      return { failure: `status ${response.status}` };
    }
    const text = await readBounded(response);
    if (text === undefined) return { failure: "too large" };
    const keySet = readKeySet(JSON.parse(text));
    return keySet === undefined ? { failure: "no key set" } : { keySet };
  } catch (error) {
    if (signal.aborted) return { failure: "timeout" };
    return { failure: error instanceof SyntaxError ? "not JSON" : "unreachable" };
  }
}

async function readBounded(response: Response): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let size = 0;
  let text = "";
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
