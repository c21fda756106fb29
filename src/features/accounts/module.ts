/** The accounts of people. */
import { defineModule, type EraseAccount, type Module } from "#core/contract/module.ts";
import { userAbilities } from "./abilities.ts";
import { userEndpoints } from "./endpoints.ts";

/** `eraseAccount` removes the data that other modules store about the owner of an account. */
export function accountsModule(eraseAccount: EraseAccount): Module {
  return defineModule({
    name: "accounts",
    endpoints: userEndpoints(eraseAccount),
    abilities: userAbilities,
    tags: { Users: "Accounts of people. People read and change their own account; staff read all accounts." },
  });
}
