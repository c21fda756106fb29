/** Every operation of the service. Routes, the OpenAPI documents and the tests all start from this list. */
import type { Endpoint } from "./contract/endpoint.ts";
import { documentEndpoints } from "./documents/endpoints.ts";
import { healthEndpoints } from "./health/endpoints.ts";
import { identityEndpoints } from "./identity/endpoints.ts";
import { pageEndpoints } from "./pages/endpoints.ts";
import { productEndpoints } from "./store/products/endpoints.ts";

export const endpoints: readonly Endpoint[] = [
  ...productEndpoints,
  ...identityEndpoints,
  ...documentEndpoints,
  ...healthEndpoints,
  ...pageEndpoints,
];
