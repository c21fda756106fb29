/** Raw HTTP requests that client libraries do not send. */
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

/** Sends the text unchanged and reads until the server closes the connection. */
function send(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1", () => socket.write(text));
    let response = "";
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      response += chunk;
    });
    socket.once("end", () => resolve(response));
    socket.once("error", reject);
  });
}

it.each(["a b", "[::", "a:99999", "%", "<x>", "256.256.256.256"])(
  "G01 a request with the host %j gets 400",
  async (host) => {
    const before = logs.length;
    const response = await send(
      `GET /v1/rate-limit HTTP/1.1\r\nHost: ${host}\r\nX-Correlation-Id: raw-1\r\nConnection: close\r\n\r\n`,
    );
    expect(response).toMatch(/^HTTP\/1\.1 400 /);
    expect(response).toMatch(/\r\nContent-Type: application\/problem\+json\r\n/i);
    expect(response).toMatch(/\r\nX-Correlation-Id: raw-1\r\n/i);
    expect(response).toContain('"code":"MALFORMED_REQUEST"');
    // Without a host there is no page to name (RFC 9457 section 4.2.1).
    expect(response).toContain('"type":"about:blank","title":"Bad Request"');
    await expect
      .poll(() => logs.slice(before).filter((line) => line.includes('"correlation_id":"raw-1"')).length)
      .toBe(1);
  },
);

it("G08 OPTIONS * lists the methods of the service", async () => {
  const response = await send(`OPTIONS * HTTP/1.1\r\nHost: ${new URL(server.url).host}\r\nConnection: close\r\n\r\n`);
  expect(response).toMatch(/^HTTP\/1\.1 204 /);
  expect(response).toMatch(/\r\nAllow: GET, HEAD, POST, PATCH, DELETE, OPTIONS\r\n/i);
  expect(response).toMatch(/\r\nX-Correlation-Id: /i);
});

/** The forms of a request target (RFC 9112 section 3.2), and invalid ones. */
it.each([
  ["GET *", 400],
  ["DELETE *", 400],
  ["GET //evil.example/x", 404],
  ["GET //", 404],
  ["GET http://evil.example/v1/nope", 404],
  ["OPTIONS http://evil.example/v1/nope", 404],
  ["GET ftp://evil.example/v1/nope", 404],
  ["GET /v1/nope#fragment", 404],
  ["GET /%zz", 404],
  ["PUT /v1/users", 405],
])("G02 the problem of %s has a type that resolves", async (line, status) => {
  const { host } = new URL(server.url);
  const response = await send(`${line} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  expect(response).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  const type = /"type":"([^"]*)"/.exec(response)?.[1] ?? "";
  expect(type.startsWith(`${server.url}/problems/`), type).toBe(true);
  const page = await fetch(type);
  expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
});
