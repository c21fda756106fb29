/**
 * The key sets that isolates share through KV, so that one isolate asks an issuer instead of each. A shared set is as
 * valid as a fetched one and expires at the same time. It carries its fetch time and passes the same validation. It is
 * signed, together with that time and its URI, under a key derived from the deployment's secret. An attacker with write
 * access to the namespace can therefore remove sets, but cannot add keys to an issuer.
 */
import { z } from "@hono/zod-openapi";
import type { RequestContext } from "#core/contract/dependencies.ts";
import type { KeySet } from "#core/contract/settings.ts";
import { readModel, writeModel } from "#core/data/read-model.ts";
import { fromBase64url, toBase64url } from "#core/http/base64url.ts";
import { toHex } from "#core/http/hex.ts";
import { readKeySet } from "./key-set.ts";
import { isKeyedHash, keyedHash } from "./sign-ins/keyed-hash.ts";

/** A key set as published at `at`, in epoch milliseconds. */
export interface ObtainedKeySet {
  readonly keySet: KeySet;
  readonly at: number;
}

export interface SharedKeySets {
  /** The shared set for the URI, of any age. Never rejects. */
  read(uri: string): Promise<ObtainedKeySet | undefined>;
  /** Shares the set with other isolates, after the response. */
  tell(uri: string, obtained: ObtainedKeySet): void;
}

const PURPOSE = "shared-key-sets";
/** The time for which keys stay usable without confirmation by the issuer. */
const TTL_SECONDS = 86_400;

const storedSchema = z.object({ key_set: z.unknown(), mac: z.string().regex(/^[A-Za-z0-9_-]{43}$/) });

const encoder = new TextEncoder();

/** The key sets in the namespace of the request's bindings. */
export function sharedKeySets(
  context: Pick<RequestContext, "now" | "objects" | "log" | "defer" | "settings">,
): SharedKeySets {
  const { settings, defer, log } = context;
  return {
    async read(uri) {
      const stored = await readModel(context, await nameOf(uri), storedSchema);
      if (stored === undefined) return undefined;
      const { value, madeAt } = stored;
      const keySet = readKeySet(value.key_set);
      const mac = fromBase64url(value.mac);
      if (keySet !== undefined && (await isKeyedHash(settings.secret, PURPOSE, signed(uri, keySet, madeAt), mac))) {
        return { keySet, at: madeAt };
      }
      log["read_model.failure"] = "invalid";
      return undefined;
    },
    tell(uri, obtained) {
      defer(write(uri, obtained));
    },
  };

  async function write(uri: string, { keySet, at }: ObtainedKeySet): Promise<void> {
    const hash = await keyedHash(settings.secret, PURPOSE, signed(uri, keySet, at));
    const mac = toBase64url(hash);
    await writeModel(context, await nameOf(uri), { value: { key_set: keySet, mac }, madeAt: at }, TTL_SECONDS);
  }
}

/** Equal for equal results of `readKeySet`, in every isolate. */
function signed(uri: string, keySet: KeySet, at: number): string {
  return JSON.stringify([uri, at, keySet]);
}

/** A URI can exceed the maximum length of a name in KV. */
async function nameOf(uri: string): Promise<string> {
  return `key-set:${toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(uri))))}`;
}
