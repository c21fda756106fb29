/**
 * The life of an order, as a table: which step leads from which state to which. Pure; whoever takes a step has its
 * batch assert the state that the step starts from.
 */

/** In the order in which an order can come to them. */
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

/** The state that the step leads to, or undefined where it cannot be taken. No step can be taken twice in a row. */
export function statusAfter(status: OrderStatus, step: OrderStep): OrderStatus | undefined {
  const { from, to } = TRANSITIONS[step];
  return from.includes(status) ? to : undefined;
}

/** The steps that the state allows. */
export function stepsFrom(status: OrderStatus): OrderStep[] {
  return ORDER_STEPS.filter((step) => statusAfter(status, step) !== undefined);
}
