/**
 * The state machine of an order: for each transition, the states it starts from and the state it leads to. Pure. The
 * batch of a transition asserts the state that it starts from.
 */

/** In the order in which an order can reach them. */
export const ORDER_STATUSES = ["placed", "paid", "shipped", "delivered", "cancelled", "refunded"] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

export const ORDER_STEPS = ["pay", "ship", "deliver", "cancel", "refund"] as const;
export type OrderStep = (typeof ORDER_STEPS)[number];

interface Transition {
  readonly from: readonly OrderStatus[];
  readonly to: OrderStatus;
}

const TRANSITIONS: Readonly<Record<OrderStep, Transition>> = {
  pay: { from: ["placed"], to: "paid" },
  ship: { from: ["paid"], to: "shipped" },
  deliver: { from: ["shipped"], to: "delivered" },
  cancel: { from: ["placed", "paid"], to: "cancelled" },
  refund: { from: ["paid", "shipped", "delivered"], to: "refunded" },
};

/** The state after the transition; undefined if it is not allowed. No transition is allowed twice in a row. */
export function statusAfter(status: OrderStatus, step: OrderStep): OrderStatus | undefined {
  const { from, to } = TRANSITIONS[step];
  return from.includes(status) ? to : undefined;
}

/** The transitions that the state allows. */
export function stepsFrom(status: OrderStatus): OrderStep[] {
  return ORDER_STEPS.filter((step) => statusAfter(status, step) !== undefined);
}
