/** A KV namespace for tests. It counts its calls, and can fail, never respond, or lag like a distant location. */

export interface TestNamespace {
  /** As the service's binding. */
  readonly binding: KVNamespace;
  /** The names that were read, in order. */
  readonly asked: string[];
  readonly values: Map<string, string>;
  /** The options of the last write. */
  readonly lastWrite: () => KVNamespacePutOptions | undefined;
  /** While frozen, reads return the values at the time of the call. */
  freeze(isFrozen: boolean): void;
  /** How reads and writes fail: not at all, with an error, or by never responding. */
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
    binding: operations as unknown as KVNamespace, // only the members that are called
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
