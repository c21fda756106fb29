/**
 * The directory of the local state. Only one server can use it at a time, and its secret survives restarts. A directory
 * that is not writable or a damaged secret is refused.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { messageOf, StartFailure, systemErrorCode } from "./start-failure.ts";

const SECRET_BYTES = 32;

export interface LocalState {
  /** The absolute path of the state's directory. */
  directory: string;
  /** The directory of the bundled Worker. */
  buildDirectory: string;
  /** The directory of databases, KV namespaces and Durable Objects. */
  storageDirectory: string;
  /** The deployment secret of this state: 32 random bytes in base64url. */
  secret: string;
  /** Releases the directory for another server. */
  release(): void;
}

/**
 * Creates or opens the state's directory and locks it until it is released or this process ends.
 *
 * @throws StartFailure if another server holds it, it is not writable, or its secret is damaged
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
      // The directory that wrangler uses with `--local --persist-to` for this state.
      storageDirectory: join(directory, "v3"),
      secret: readOrCreateSecret(directory),
      release,
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** Not `recursive`, which never returns below a directory such as /proc that denies with "no such directory". */
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

/** Holds an exclusive SQLite lock. The system releases it when the process ends, so it is never stale. */
function lock(directory: string): () => void {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(directory, "lock"));
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    if (error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY) {
      throw new StartFailure(
        `another server uses the state in ${directory}; stop it, or choose another directory with --state`,
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

/** SQLite's result code for a locked database. */
const SQLITE_BUSY = 5;

function readOrCreateSecret(directory: string): string {
  const file = join(directory, "secret");
  try {
    const secret = readFileSync(file, "utf8").trim();
    if (!/^[A-Za-z0-9_-]+$/.test(secret) || Buffer.from(secret, "base64url").length !== SECRET_BYTES) {
      throw new StartFailure(`${file} is damaged; delete it to create a new secret`);
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
    // Renamed into place, so that an interrupted write cannot leave a partial secret.
    writeFileSync(`${file}.new`, `${secret}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch (error) {
    throw new StartFailure(`cannot write ${file} (${messageOf(error)})`);
  }
  return secret;
}
