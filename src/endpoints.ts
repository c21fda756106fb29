/** Every operation of the service. Routes, the OpenAPI documents and the tests all start from this list. */
import type { Endpoint } from "#core/contract/endpoint.ts";
import type { ProtocolEndpoint } from "#core/contract/protocol.ts";
import { userEndpoints } from "#features/accounts/endpoints.ts";
import { apiKeyEndpoints } from "#features/credentials/api-keys/endpoints.ts";
import { oauthClientEndpoints } from "#features/credentials/oauth-clients/endpoints.ts";
import { healthEndpoints } from "#features/health/endpoints.ts";
import { identityEndpoints } from "#features/identity/endpoints.ts";
import { signingKeyEndpoints } from "#features/identity/keys/endpoints.ts";
import { declareAuthorizationServer } from "#features/identity/server/endpoints.ts";
import { limitEndpoints } from "#features/limits/endpoints.ts";
import { operatorEndpoints } from "#features/limits/operator-endpoints.ts";
import { addressEndpoints } from "#store/addresses/endpoints.ts";
import { orderEndpoints } from "#store/orders/endpoints.ts";
import { productEndpoints } from "#store/products/endpoints.ts";
import { referenceEndpoints } from "#store/reference/endpoints.ts";
import { peopleEndpoints } from "#web/account/endpoints.ts";
import { documentEndpoints } from "#web/documents/endpoints.ts";
import { pageEndpoints } from "#web/endpoints.ts";
import { wellKnownEndpoints } from "#web/well-known.ts";

export const endpoints: readonly Endpoint[] = [
  ...productEndpoints,
  ...referenceEndpoints,
  ...userEndpoints,
  ...addressEndpoints,
  ...orderEndpoints,
  ...apiKeyEndpoints,
  ...oauthClientEndpoints,
  ...identityEndpoints,
  ...signingKeyEndpoints,
  ...limitEndpoints,
  ...operatorEndpoints,
  ...documentEndpoints,
  ...healthEndpoints,
  ...pageEndpoints,
  ...wellKnownEndpoints,
  ...peopleEndpoints,
];

/** Those whose requests and answers another standard defines. */
export const protocolEndpoints: readonly ProtocolEndpoint[] = declareAuthorizationServer(
  async (refusal, surroundings) => {
    const { showRefusedAuthorization } = await import("#web/account/authorization-refusal.ts");
    return showRefusedAuthorization(refusal, surroundings);
  },
);
