import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { type ServiceOptions, START, staff, startService } from "../../../support/service.ts";

const admin: ServiceOptions = {
  as: { ...staff, roles: ["admin"], scopes: ["admin"], authenticatedAt: START },
};

it("a rotation with an idempotency key is done once, also if there were no keys", async () => {
  await env.DB.prepare("DELETE FROM signing_keys").run();
  const rotate = () =>
    startService(admin).fetch("/oauth/signing-keys/rotate", { method: "POST", headers: { "Idempotency-Key": "once" } });
  const first = await rotate();
  expect(first.status).toBe(200);
  const rotated = await first.json();
  const again = await rotate();
  expect([again.status, again.headers.get("Idempotent-Replayed"), await again.json()]).toEqual([200, "true", rotated]);
});
