/**
 * The local state's directory: who may use it, and what is kept in it. It guarantees one server at a time and a secret
 * that survives restarts; it refuses a directory it cannot write and a secret it cannot read. Fails closed.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { messageOf, StartFailure, systemErrorCode } from "./start-failure.ts";

const SECRET_BYTES = 32;

export interface LocalState {
  /** Absolute path of the state's directory. */
  directory: string;
  /** Where the bundled Worker goes. */
  buildDirectory: string;
  /** Where databases, key-value namespaces and Durable Objects are kept. */
  storageDirectory: string;
  /** The deployment secret of this state: 32 random bytes in base64url. */
  secret: string;
  /** Gives the directory free for another server. */
  release(): void;
}

/**
 * Creates or opens the state's directory and holds it until it is released or this process ends.
 *
 * @throws StartFailure when another server holds it, when it cannot be written, or when its secret is damaged.
 */
export function openState(stateDirectory: string): LocalState {
  const directory = resolve(stateDirectory);
  try {
    makeDirectory(directory);
  } catch (error) {
    throw new StartFailure(`cannot use ${directory} as the state's directory (${messageOf(error)})`);
  }
  const release = lock(directory);
  try {
    return {
      directory,
      buildDirectory: join(directory, "build"),
      // Where wrangler looks when it is told `--local --persist-to` this state.
      storageDirectory: join(directory, "v3"),
      secret: readOrCreateSecret(directory),
      release,
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** Not `recursive`: that never returns under a directory, such as /proc, which denies with "no such directory". */
function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT" && dirname(directory) !== directory) {
      makeDirectory(dirname(directory));
      mkdirSync(directory);
    } else if (systemErrorCode(error) !== "EEXIST" || !statSync(directory).isDirectory()) {
      throw error;
    }
  }
}

/** Holds an exclusive SQLite lock: the system drops it when the process dies, so it can never be stale. */
function lock(directory: string): () => void {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(directory, "lock"));
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    if (error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY) {
      throw new StartFailure(
        `another server runs on the state in ${directory}; stop it, or choose another with --state`,
      );
    }
    throw new StartFailure(`cannot write to the state's directory ${directory} (${messageOf(error)})`);
  }
  const held = database;
  return () => {
    if (held.isOpen) {
      held.close();
    }
  };
}

/** SQLite's result code for a database that someone else has locked. */
const SQLITE_BUSY = 5;

function readOrCreateSecret(directory: string): string {
  const file = join(directory, "secret");
  try {
    const secret = readFileSync(file, "utf8").trim();
    if (!/^[A-Za-z0-9_-]+$/.test(secret) || Buffer.from(secret, "base64url").length !== SECRET_BYTES) {
      throw new StartFailure(`${file} is damaged; delete it and a new secret is made`);
    }
    return secret;
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") {
      return createSecret(file);
    }
    throw error instanceof StartFailure ? error : new StartFailure(`cannot read ${file} (${messageOf(error)})`);
  }
}

function createSecret(file: string): string {
  const secret = randomBytes(SECRET_BYTES).toString("base64url");
  try {
    // Renamed into place, so that a kill in between cannot leave half a secret.
    writeFileSync(`${file}.new`, `${secret}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch (error) {
    throw new StartFailure(`cannot write ${file} (${messageOf(error)})`);
  }
  return secret;
}
