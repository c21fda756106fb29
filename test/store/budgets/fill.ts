/** Fills the store in which the budgets are measured. */
import { ada, anton, bob, insertPeople, person, stella } from "../../features/accounts/people.ts";
import { home, insertHomes } from "../addresses/homes.ts";
import { insertOrders, productId, stored } from "../orders/shop.ts";
import { fillCatalogue } from "../products/catalogue.ts";
import { STORE } from "./budgets.ts";

export async function fillStore(): Promise<void> {
  await fillCatalogue(STORE.products);
  const others = Array.from({ length: STORE.users - 4 }, (_, index) => person(index + 5));
  await insertPeople(ada, bob, stella, anton, ...others);
  await insertHomes(home(1, ada.id), home(2, bob.id));
  const orders = Array.from({ length: STORE.orders }, (_, index) =>
    stored(index + 1, index % 2 === 0 ? ada.id : bob.id, {
      items: [1, 2].map((item) => ({ productId: productId(index + item), quantity: 1, price: 500 })),
    }),
  );
  await insertOrders(...orders);
}
