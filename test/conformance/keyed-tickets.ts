/** Requests to the tickets resource with an idempotency key. Each test has its own account and key. */
import type { FaultPoint } from "#core/contract/dependencies.ts";
import type { Principal } from "#core/contract/principal.ts";
import { type Service, type ServiceOptions, startService } from "../support/service.ts";
import { countTickets, ticketAbilities, ticketEndpoints } from "./tickets.ts";

export type Known = Exclude<Principal, { kind: "anonymous" }>;

export const PATH = "/v1/tickets";
export const LEASE_MS = 30_000;

let made = 0;
/** New for each test, so that no test sees the tickets of another. */
export let ada: Known;
export let key: string;

/** Sets `ada` and `key` to new values. Call it before each test. */
export function useNewAccount(): void {
  made += 1;
  ada = { kind: "user", id: `user_ada${made}`, roles: ["customer"], scopes: [], credential: "token" };
  key = crypto.randomUUID();
}

export function start(options: ServiceOptions = {}): Service {
  return startService({ as: ada, extraEndpoints: ticketEndpoints, extraAbilities: [ticketAbilities], ...options });
}

export function post(body: unknown = { text: "Broken" }, headers: Readonly<Record<string, string>> = {}): RequestInit {
  return {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": key, ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  };
}

export async function codeOf(response: Response): Promise<string> {
  return `${response.status} ${((await response.json()) as { code: string }).code}`; // a problem, which the harness has checked
}

export const idOf = async (response: Response) => ((await response.json()) as { id: string }).id; // a ticket
export const isReplay = (response: Response) => response.headers.get("Idempotent-Replayed") === "true";
export const tickets = () => countTickets(ada.id);

/** Sends a request that stops at the fault point: nothing after the point happens, and no response is sent. */
export async function crashAt(point: FaultPoint, init: RequestInit = post(), path = PATH): Promise<void> {
  await new Promise<void>((resolve) => {
    const faults = (at: FaultPoint) => {
      if (at !== point) return Promise.resolve();
      resolve();
      return new Promise<never>(() => {});
    };
    void start({ dependencies: { faults } }).fetch(path, init);
  });
}

/** A service whose requests throw at the fault point. */
export function failing(point: FaultPoint): Service {
  const faults = async (at: FaultPoint) => {
    if (at === point) throw new Error(`failed ${point}`);
  };
  return start({ dependencies: { faults } });
}
