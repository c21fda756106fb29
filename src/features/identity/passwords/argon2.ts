/**
 * Argon2id (RFC 9106) as a function of bytes, over the WebAssembly module of `@phi-ag/argon2`. The package's own
 * binding is not used, because it counts a password in UTF-16 units instead of bytes. It ignores the end of a non-ASCII
 * password. Memory that held a password is cleared.
 */

export interface Argon2Cost {
  /** In KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly lanes: number;
}

/** Returns `length` bytes. Synchronous: it blocks the isolate for as long as the cost demands. */
export type Argon2id = (password: Uint8Array, salt: Uint8Array, cost: Argon2Cost, length: number) => Uint8Array;

interface Exports {
  readonly memory: WebAssembly.Memory;
  malloc(length: number): number;
  free(pointer: number): void;
  _initialize(): void;
  /**
   * Arguments are pointers into `memory`, and lengths in bytes. Without `encoded`, only the hash is written. Returns
   * zero on success.
   */
  argon2_hash(
    passes: number,
    memory: number,
    lanes: number,
    password: number,
    passwordLength: number,
    salt: number,
    saltLength: number,
    hash: number,
    hashLength: number,
    encoded: number,
    encodedLength: number,
    type: number,
    version: number,
  ): number;
}

const ARGON2ID = 2;
const VERSION = 0x13;

export function bindArgon2id(module: WebAssembly.Module): Argon2id {
  const exports = new WebAssembly.Instance(module).exports as unknown as Exports; // the module's interface; WebAssembly does not type it
  exports._initialize();
  return function argon2id(password, salt, cost, length) {
    const size = password.byteLength + salt.byteLength + length;
    const start = exports.malloc(size);
    if (start === 0) throw new RangeError("argon2: no memory");
    try {
      const saltStart = start + password.byteLength;
      const hashStart = saltStart + salt.byteLength;
      const input = new Uint8Array(exports.memory.buffer, start, size);
      input.set(password);
      input.set(salt, password.byteLength);
      const { passes, memory, lanes } = cost;
      const code = exports.argon2_hash(
        passes,
        memory,
        lanes,
        start,
        password.byteLength,
        saltStart,
        salt.byteLength,
        hashStart,
        length,
        0,
        0,
        ARGON2ID,
        VERSION,
      );
      if (code !== 0) throw new RangeError(`argon2: error ${code}`);
      // Creates a new view, because growth of the memory detaches the old buffer.
      return new Uint8Array(exports.memory.buffer, hashStart, length).slice();
    } finally {
      new Uint8Array(exports.memory.buffer, start, size).fill(0);
      exports.free(start);
    }
  };
}
