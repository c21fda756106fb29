/**
 * The key sets that isolates share by KV, so that one of them asks an issuer and not each. A set counts as far as if it
 * had been fetched, and no longer: it is read as a published one is, the time at which it was fetched travels with it, and
 * it is signed together with that time and the URI that it came from, under a key derived from the deployment's secret. So
 * whoever can write to the namespace can take sets away, and can give no keys to an issuer that it did not publish there.
 */
import { z } from "@hono/zod-openapi";
import type { Surroundings } from "#core/contract/doors.ts";
import type { KeySet } from "#core/contract/settings.ts";
import { readModel, writeModel } from "#core/data/read-model.ts";
import { toHex } from "#core/http/hex.ts";
import { readKeySet } from "./key-set.ts";
import { isKeyedHash, keyedHash } from "./sign-ins/keyed-hash.ts";

/** A key set as it was published at `at`, in epoch milliseconds. */
export interface ObtainedKeySet {
  readonly keySet: KeySet;
  readonly at: number;
}

export interface SharedKeySets {
  /** What is known of the URI, of any age. Never rejects. */
  read(uri: string): Promise<ObtainedKeySet | undefined>;
  /** Tells the others, after the answer. */
  tell(uri: string, obtained: ObtainedKeySet): void;
}

const PURPOSE = "shared-key-sets";
/** As long as keys serve that an issuer does not confirm. */
const TTL_SECONDS = 86_400;

const storedSchema = z.object({ key_set: z.unknown(), mac: z.string().regex(/^[A-Za-z0-9_-]{43}$/) });

const encoder = new TextEncoder();

/** Those that the request's namespace has. */
export function sharedKeySets(
  surroundings: Pick<Surroundings, "now" | "objects" | "log" | "defer" | "settings">,
): SharedKeySets {
  const { settings, defer, log } = surroundings;
  return {
    async read(uri) {
      const stored = await readModel(surroundings, await nameOf(uri), storedSchema);
      if (stored === undefined) return undefined;
      const { value, madeAt } = stored;
      const keySet = readKeySet(value.key_set);
      const mac = Uint8Array.fromBase64(value.mac, { alphabet: "base64url" });
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
    const mac = hash.toBase64({ alphabet: "base64url", omitPadding: true });
    await writeModel(surroundings, await nameOf(uri), { value: { key_set: keySet, mac }, madeAt: at }, TTL_SECONDS);
  }
}

/** Equal for what `readKeySet` makes of the same set, whichever isolate reads it. */
function signed(uri: string, keySet: KeySet, at: number): string {
  return JSON.stringify([uri, at, keySet]);
}

/** A URI can be longer than a name in KV. */
async function nameOf(uri: string): Promise<string> {
  return `key-set:${toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(uri))))}`;
}
