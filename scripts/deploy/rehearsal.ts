/**
 * `npm run deploy -- --dry-run`: the real steps, with a wrangler that only prints its commands. It simulates an empty
 * account, so that every step appears. It writes no file and uses no network.
 */
import type { WranglerResult } from "../wrangler-command.ts";
import type { Deployment } from "./steps.ts";

/** A deployment that changes nothing; `say` receives each command as one line that begins with "$ ". */
export function rehearse(config: string, say: (line: string) => void): Deployment {
  const databases: { name: string; uuid: string }[] = [];
  const namespaces: { id: string; title: string }[] = [];
  return {
    config,
    say,
    async wrangler(args, options) {
      say(`$ wrangler ${args.join(" ")}${options?.input === undefined ? "" : "  (reads a value from standard input)"}`);
      const [command, verb, name = ""] = args;
      if (command === "d1" && verb === "create") {
        databases.push({ name, uuid: "the-new-id" });
      }
      if (command === "kv" && name === "create") {
        namespaces.push({ title: args[3] ?? "", id: "the-new-id" });
      }
      if (command === "kv") return succeeded(namespaces);
      return succeeded(command === "d1" && verb === "list" ? databases : command === "secret" ? [] : undefined);
    },
    async saveNamespaceId() {
      say("(writes the id of the namespace to wrangler.toml)");
    },
    async saveDatabaseId() {
      say("(writes the id of the database to wrangler.toml)");
    },
  };
}

function succeeded(output: unknown): WranglerResult {
  return { exitCode: 0, stdout: output === undefined ? "" : JSON.stringify(output), stderr: "" };
}
