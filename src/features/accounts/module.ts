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
    scopes: {
      "users:read": {
        consent: "See your name, email address and role.",
        description: "Read your account, and the list of your API keys. Staff also read other accounts.",
      },
      "users:write": {
        consent: "Change your name, manage your API keys, or delete your account.",
        description: "Change or delete your account, and manage your API keys.",
      },
      admin: {
        consent: "Administer the service: accounts, roles, API keys and apps.",
        description:
          "Change roles, register OAuth clients, rotate signing keys and change limits. Administrators only.",
        roles: ["admin"],
      },
    },
    tags: { Users: "Accounts of people. People read and change their own account; staff read all accounts." },
  });
}
