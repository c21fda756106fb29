/** Requests that no client library would send. */
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type LocalServer, startServer } from "../../scripts/local/server.ts";

const directory = mkdtempSync(join(tmpdir(), "raw-"));
const logs: string[] = [];
let server: LocalServer;

beforeAll(async () => {
  server = await startServer({ port: 0, stateDirectory: directory, log: (line) => void logs.push(line) });
});

afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true });
});

/** Sends the text as it is and reads until the server closes the connection. */
function send(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      answer += chunk;
    });
    socket.once("end", () => resolve(answer));
    socket.once("error", reject);
  });
}

it.each(["a b", "[::", "a:99999", "%", "<x>", "256.256.256.256"])(
  "G01 a host of %j is a malformed request",
  async (host) => {
    const before = logs.length;
    const answer = await send(
      `GET /v1/products HTTP/1.1\r\nHost: ${host}\r\nX-Correlation-Id: raw-1\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toMatch(/\r\nContent-Type: application\/problem\+json\r\n/i);
    expect(answer).toMatch(/\r\nX-Correlation-Id: raw-1\r\n/i);
    expect(answer).toContain('"code":"MALFORMED_REQUEST"');
    await expect
      .poll(() => logs.slice(before).filter((line) => line.includes('"correlation_id":"raw-1"')).length)
      .toBe(1);
  },
);
