/** Every operation of the service. Routes, the OpenAPI documents and the tests all start from this list. */
import type { Endpoint } from "./contract/endpoint.ts";
import type { ProtocolEndpoint } from "./contract/protocol.ts";
import { documentEndpoints } from "./documents/endpoints.ts";
import { healthEndpoints } from "./health/endpoints.ts";
import { identityEndpoints } from "./identity/endpoints.ts";
import { signingKeyEndpoints } from "./identity/keys/endpoints.ts";
import { declareAuthorizationServer } from "./identity/server/endpoints.ts";
import { limitEndpoints } from "./limits/endpoints.ts";
import { operatorEndpoints } from "./limits/operator-endpoints.ts";
import { pageEndpoints } from "./pages/endpoints.ts";
import { peopleEndpoints } from "./people/endpoints.ts";
import { addressEndpoints } from "./store/addresses/endpoints.ts";
import { apiKeyEndpoints } from "./store/api-keys/endpoints.ts";
import { oauthClientEndpoints } from "./store/oauth-clients/endpoints.ts";
import { orderEndpoints } from "./store/orders/endpoints.ts";
import { productEndpoints } from "./store/products/endpoints.ts";
import { referenceEndpoints } from "./store/reference/endpoints.ts";
import { userEndpoints } from "./store/users/endpoints.ts";

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
  ...peopleEndpoints,
];

/** Those whose requests and answers another standard defines. */
export const protocolEndpoints: readonly ProtocolEndpoint[] = declareAuthorizationServer(
  async (refusal, surroundings) => {
    const { showRefusedAuthorization } = await import("./people/authorization-refusal.ts");
    return showRefusedAuthorization(refusal, surroundings);
  },
);
