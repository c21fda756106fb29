/** The postal addresses of accounts. */
import { defineModule } from "#core/contract/module.ts";
import { eraseOwnedRows } from "#features/resources/collections/erasure-queries.ts";
import { addressAbilities } from "./abilities.ts";
import { addressCollection, addressEndpoints } from "./endpoints.ts";

export const addressesModule = defineModule({
  name: "addresses",
  endpoints: addressEndpoints,
  abilities: addressAbilities,
  scopes: {
    "addresses:read": {
      consent: "See your addresses.",
      description: "Read your addresses. Staff also read the addresses of others.",
    },
    "addresses:write": {
      consent: "Add, change and remove your addresses.",
      description: "Create, change and delete your addresses.",
    },
  },
  tags: { Addresses: "Postal addresses. Their owners read and change them; staff read them." },
  // The table requires a country of two letters. No country has the code ZZ.
  eraseAccount: eraseOwnedRows(addressCollection, { country: "ZZ" }),
});
