/**
 * createApp(): the way of a request, as one list. Each stage ends the request with a problem or hands it on; a
 * request that breaks two stages gets the answer of the earlier one.
 */
import { Hono } from "hono";
import { holdPreconditions } from "./caching/conditional.ts";
import { edgeOf } from "./caching/edge/stage.ts";
import type { AbilityRules } from "./contract/ability.ts";
import type { AppEnv } from "./contract/context.ts";
import type { Doors } from "./contract/doors.ts";
import type { Endpoint } from "./contract/endpoint.ts";
import type { Format } from "./contract/format.ts";
import type { ProtocolEndpoint } from "./contract/protocol.ts";
import { healthAbilities } from "./health/abilities.ts";
import { HEALTH_PATHS } from "./health/endpoints.ts";
import { answerLiveness } from "./health/liveness.ts";
import { problem } from "./http/problem.ts";
import { authenticate } from "./identity/authenticate.ts";
import { authorize } from "./identity/authorize.ts";
import { signingKeyAbilities } from "./identity/keys/abilities.ts";
import { limitAbilities } from "./limits/abilities.ts";
import type { Limiter } from "./limits/limiter.ts";
import { recognizeOverload } from "./limits/overload.ts";
import { limitBy } from "./limits/stage.ts";
import { readFromBookmark } from "./pipeline/bookmark.ts";
import { loadCurrent } from "./pipeline/current.ts";
import { answerFailure, containThrown } from "./pipeline/failure.ts";
import { configure, observe } from "./pipeline/observe.ts";
import { answerOnce } from "./pipeline/once.ts";
import { protect, shareAcrossOrigins } from "./pipeline/protect.ts";
import { isProtocol, serveProtocol } from "./pipeline/protocol.ts";
import { receiveContent } from "./pipeline/receive.ts";
import { respond } from "./pipeline/respond.ts";
import { bind, boundUrl, describePath, pathsOf, refuseMethod, routerPath } from "./pipeline/route.ts";
import { tellTimings, timingAbilities } from "./pipeline/server-timing.ts";
import { readTarget } from "./pipeline/target.ts";
import { refuseCleartext } from "./pipeline/transport.ts";
import { validateContent } from "./pipeline/validate.ts";
import { hal } from "./shaping/formats/hal.ts";
import { json } from "./shaping/formats/json.ts";
import { jsonApi } from "./shaping/formats/json-api.ts";
import { negotiateFormat } from "./shaping/negotiate.ts";
import { addressAbilities } from "./store/addresses/abilities.ts";
import { apiKeyAbilities } from "./store/api-keys/abilities.ts";
import { oauthClientAbilities } from "./store/oauth-clients/abilities.ts";
import { orderAbilities } from "./store/orders/abilities.ts";
import { productAbilities } from "./store/products/abilities.ts";
import { referenceAbilities } from "./store/reference/abilities.ts";
import { userAbilities } from "./store/users/abilities.ts";

/** The first is what a client gets that does not say. */
export const formats: readonly [Format, ...Format[]] = [json, hal, jsonApi];

export const abilities: readonly AbilityRules[] = [
  productAbilities,
  referenceAbilities,
  userAbilities,
  addressAbilities,
  orderAbilities,
  apiKeyAbilities,
  oauthClientAbilities,
  healthAbilities,
  signingKeyAbilities,
  limitAbilities,
  timingAbilities,
];

export function createApp(
  endpoints: readonly Endpoint[],
  protocols: readonly ProtocolEndpoint[],
  doors: Doors,
  limiter: Limiter,
  rules: readonly AbilityRules[] = abilities,
): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const { answerFromEdge, endSightings } = edgeOf(endpoints, () => doors.openCache());
  const { tellLimits, chargeFailures, shedLoad, shieldAddress, takeTokens } = limitBy(limiter);
  app.onError(recognizeOverload(answerFailure));

  app.use(
    observe(doors), //              1  correlation id, trace, clock; the log line at the end
    protect, //                     2  security headers
    shareAcrossOrigins, //             CORS
    containThrown, //                  whatever is thrown is an error
    answerLiveness, //                 200 whatever else is wrong
    configure(doors), //               503 while the configuration is wrong
    tellTimings(doors.now), //         what the request asked of the platform, for staff
    tellLimits, //                     how the limits stand, on every metered answer
    chargeFailures, //                 what no later stage charges: 404, 405, bad credentials
    endSightings, //                   what the edge saw before a write is over
    refuseCleartext(HEALTH_PATHS), //  403 for HTTP without TLS
    boundUrl, //                    3  400, 414
  );

  const paths = pathsOf([...endpoints, ...protocols]);
  for (const path of paths) {
    const route = routerPath(path.template);
    for (const endpoint of path.endpoints) {
      if (isProtocol(endpoint)) {
        // 4 too much to do (503), the address's limits (429), then as its standard has it
        app.on(endpoint.contract.method, route, shedLoad(endpoint), shieldAddress(endpoint), serveProtocol(endpoint));
        continue;
      }
      app.on(
        endpoint.contract.method,
        route,
        bind(endpoint, paths), //       the endpoint, for all that follows
        readFromBookmark(endpoint), //  which copy of the database is asked
        shedLoad(endpoint), //       4  too much to do: 503
        shieldAddress(endpoint), //     the coarse shield, the address's limits: 429
        authenticate(doors, rules), //   5  401
        takeTokens(endpoint), //       the principal's own limits: 429
        authorize, //               6  401, 403
        negotiateFormat(formats), // 7  406
        receiveContent, //             415, 413
        readTarget(endpoint), //       404 for a malformed id, 400 for parameters
        answerOnce(endpoint, endpoints, doors.faults), // 8  400, 409, 422, 503, or a replay
        loadCurrent, //             9  404, 403 by the object's own rules
        answerFromEdge, //             what is kept, where that is as good
        holdPreconditions, //          304, 428, 412
        validateContent, //        10  400, 422
        respond, //                11  the handler; 12 its answer as a representation
      );
    }
    app.options(route, describePath(path)); //              204 with Allow
    app.all(route, refuseMethod(path)); //                                  405 with Allow
  }
  app.all("*", () => {
    throw problem("not-found"); //                                          404
  });
  return app;
}
