/** Rows that tests insert directly. */
import { env } from "cloudflare:workers";
import { makeId } from "#core/contract/identifier.ts";
import { START } from "./service.ts";

let made = 0;

/** An id that no other row of the test file has. */
export function freshId(prefix: string): string {
  made += 1;
  const random = new Uint8Array(10);
  new DataView(random.buffer).setUint32(6, made);
  return makeId(prefix, START, random);
}

export async function run(sql: string, ...values: unknown[]): Promise<void> {
  await env.DB.prepare(sql)
    .bind(...values)
    .run();
}
