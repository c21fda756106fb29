/** A namespace of KV of a test's own: it counts, and can be silent, fail, and lag behind as a far location does. */

export interface TestNamespace {
  /** As a binding. */
  readonly binding: KVNamespace;
  /** The names that were asked for, in order. */
  readonly asked: string[];
  readonly values: Map<string, string>;
  /** The options of the last write. */
  readonly lastWrite: () => KVNamespacePutOptions | undefined;
  /** From now on reads give what is there now, until it is called again. */
  freeze(isFrozen: boolean): void;
  /** How reads and writes fail: not at all, by an error, by never answering. */
  failing: "not" | "error" | "silence";
}

export function startNamespace(): TestNamespace {
  const values = new Map<string, string>();
  const asked: string[] = [];
  let frozen: ReadonlyMap<string, string> | undefined;
  let written: KVNamespacePutOptions | undefined;

  async function reach(): Promise<void> {
    if (namespace.failing === "error") throw new Error("KV is down");
    if (namespace.failing === "silence") await new Promise<void>(() => {});
  }

  const operations = {
    async get(name: string, options: { readonly cacheTtl: number }) {
      asked.push(name);
      if (options.cacheTtl < 30) throw new RangeError("Invalid cache_ttl");
      await reach();
      return (frozen ?? values).get(name) ?? null;
    },
    async put(name: string, value: string, options?: KVNamespacePutOptions) {
      await reach();
      if ((options?.expirationTtl ?? 60) < 60) throw new RangeError("Invalid expiration_ttl");
      written = options;
      values.set(name, value);
    },
  };
  const namespace: TestNamespace = {
    binding: operations as unknown as KVNamespace, // all that is called of it
    asked,
    values,
    lastWrite: () => written,
    freeze: (isFrozen) => {
      frozen = isFrozen ? new Map(values) : undefined;
    },
    failing: "not",
  };
  return namespace;
}
