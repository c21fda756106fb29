/**
 * The modules that this deployment serves. Routes, OpenAPI documents, abilities, scopes, account erasure and scheduled
 * tasks are derived from this list. To serve your own API, replace the modules of the store.
 */
import { type EraseAccount, type Module, registryOf } from "#core/contract/module.ts";
import { accountsModule } from "#features/accounts/module.ts";
import { apiKeysModule, oauthClientsModule } from "#features/credentials/module.ts";
import { healthModule } from "#features/health/module.ts";
import { idempotencyModule } from "#features/idempotency/module.ts";
import { identityModule } from "#features/identity/module.ts";
import { limitsModule } from "#features/limits/module.ts";
import { pagingModule } from "#features/paging/module.ts";
import { timingModule } from "#pipeline/observe/module.ts";
import { addressesModule } from "#store/addresses/module.ts";
import { ordersModule } from "#store/orders/module.ts";
import { productsModule } from "#store/products/module.ts";
import { referenceModule } from "#store/reference/module.ts";
import { accountPagesModule, documentsModule, pagesModule } from "#web/module.ts";

/** What the API is about. */
export const resources: readonly Module[] = [
  productsModule,
  referenceModule,
  accountsModule(eraseAccount),
  addressesModule,
  ordersModule,
];

/** All modules of a service with these resources. */
export function modulesWith(resources: readonly Module[]): readonly Module[] {
  // What a token, an API key or an OAuth client can get.
  const { scopes: grantable } = registryOf(resources);

  const credentials: readonly Module[] = [
    apiKeysModule(grantable),
    oauthClientsModule(grantable, eraseAccount),
    identityModule(grantable, async (refusal, context) => {
      const { showRefusedAuthorization } = await import("#web/account/authorization-refusal.ts");
      return showRefusedAuthorization(refusal, context);
    }),
  ];

  // The problem types that have a page.
  const { problemTypes: served } = registryOf([...resources, ...credentials]);
  const pages: readonly Module[] = [documentsModule, healthModule, pagesModule(served), accountPagesModule];

  const operations = [...resources, ...credentials, ...pages].flatMap(({ endpoints = [], protocolEndpoints = [] }) => [
    ...endpoints,
    ...protocolEndpoints,
  ]);

  return [
    ...resources,
    ...credentials,
    limitsModule(operations),
    idempotencyModule,
    pagingModule,
    timingModule,
    ...pages,
  ];
}

export const modules = modulesWith(resources);

/** Removes what every module stores about an account. Declared as a function, because modules in the list refer to it. */
function eraseAccount(...[database, accountId, now]: Parameters<EraseAccount>): ReturnType<EraseAccount> {
  return modules.flatMap((module) => module.eraseAccount?.(database, accountId, now) ?? []);
}

export const { endpoints, protocolEndpoints, abilities, scopes, tags, problemTypes, scheduledTasks, minuteTasks } =
  registryOf(modules);
