// The rows that orders refer to, in the form of the migrations' tables.

import type { History } from "../calendar.ts";
import type { PostalAddress } from "../people.ts";

interface Row extends History {
  readonly seq: number;
  readonly id: string;
}

/** A row of `products`. The price is in minor units, times are epoch ms. */
export interface ProductRow extends Row {
  readonly name: string;
  readonly description: string;
  readonly category: string;
  readonly brand: string;
  readonly price_amount: number;
  readonly price_currency: string;
  readonly stock: number;
}

/** A row of `addresses`. Times are epoch ms. */
export interface AddressRow extends Row, PostalAddress {
  readonly user_id: string;
}
