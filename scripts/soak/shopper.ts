/**
 * One client of a soak, which acts at random. It places, pays, cancels and refunds orders. It sends requests several
 * times at once, disconnects, and lets two transitions race for one order. It continues requests without a final
 * response later.
 */
import { int, pick, type Random } from "../seed/random.ts";
import type { Client } from "./client.ts";
import type { Intent, Outcome, Step } from "./ledger.ts";
import type { Customer, Shop } from "./shop.ts";

const STAFF = "staff@example.com";

/** Short enough that a client does not spend its time waiting for the leases of killed requests. */
const PATIENCE_MS = 2500;

/** Older orders are not changed, so that orders remain in all states. */
const REMEMBERED_ORDERS = 20;

export interface Shopper {
  readonly name: string;
  readonly customer: Customer;
  readonly shop: Shop;
  readonly client: Client;
  readonly random: Random;
}

interface Memory {
  /** Ids of orders. */
  readonly orders: string[];
  /** Intents without a final response. */
  readonly open: Intent[];
}

/** Runs until `isOver`. */
export async function runShopper(shopper: Shopper, isOver: () => boolean): Promise<void> {
  const memory: Memory = { orders: [], open: [] };
  for (let turn = 1; !isOver(); turn += 1) await takeTurn(shopper, `${shopper.name}-${turn}`, memory);
}

async function takeTurn(shopper: Shopper, key: string, memory: Memory): Promise<void> {
  const { random } = shopper;
  const [resumed] = memory.open;
  if (resumed !== undefined && random() < 0.3) {
    memory.open.shift();
    await attempt(shopper, resumed, memory);
  } else if (memory.orders.length === 0 || random() < 0.5) {
    await attempt(shopper, placeIntent(shopper, key), memory);
  } else {
    await stepOrder(shopper, key, pick(random, memory.orders), memory);
  }
}

async function stepOrder(shopper: Shopper, key: string, order: string, memory: Memory): Promise<void> {
  const choice = shopper.random();
  if (choice >= 0.25) {
    const step = choice < 0.7 ? "pay" : choice < 0.85 ? "cancel" : "refund";
    await attempt(shopper, stepIntent(shopper, key, order, step), memory);
    return;
  }
  // One of them wins, or both if the order was paid first.
  const rivals = (["pay", "cancel"] as const).map((step) => stepIntent(shopper, `${key}-${step}`, order, step));
  await Promise.all(rivals.map((intent) => sendAndRemember(shopper, intent, memory)));
}

/** Sends it in one of several ways: until a final response, several times at once, or with a disconnect. */
async function attempt(shopper: Shopper, intent: Intent, memory: Memory): Promise<void> {
  const { client, random } = shopper;
  const choice = random();
  if (choice < 0.55) return sendAndRemember(shopper, intent, memory);
  if (choice < 0.75) {
    const others = Array.from({ length: int(random, 1, 4) }, () => client.tryFor(intent, PATIENCE_MS));
    await Promise.all([sendAndRemember(shopper, intent, memory), ...others]);
    return;
  }
  const result = await client.send(intent, int(random, 0, 30));
  if ("outcome" in result) remember(memory, result.outcome);
  else if (choice < 0.9) await sendAndRemember(shopper, intent, memory);
  else memory.open.push(intent);
}

async function sendAndRemember({ client }: Shopper, intent: Intent, memory: Memory): Promise<void> {
  const outcome = await client.tryFor(intent, PATIENCE_MS);
  if (outcome === undefined) memory.open.push(intent);
  else remember(memory, outcome);
}

function remember({ orders }: Memory, { kind, isAccepted, orderId }: Outcome): void {
  if (kind !== "place" || !isAccepted) return;
  orders.push(orderId);
  if (orders.length > REMEMBERED_ORDERS) orders.shift();
}

function placeIntent({ customer, shop, random }: Shopper, key: string): Intent {
  const first = pick(random, shop.products);
  const others = shop.products.filter((product) => product !== first && random() < 0.2);
  const items = [first, ...others].map(({ id }) => ({ product_id: id, quantity: int(random, 1, 3) }));
  return {
    kind: "place",
    key,
    email: customer.email,
    path: "/v1/orders",
    body: { items, address_id: customer.addressId },
  };
}

function stepIntent({ customer }: Shopper, key: string, orderId: string, step: Step): Intent {
  const email = step === "refund" ? STAFF : customer.email;
  return { kind: step, key, email, orderId, path: `/v1/orders/${orderId}/${step}` };
}
