/**
 * createApp() declares the request pipeline as one list. Each stage ends the request with a problem or passes it on. A
 * request that breaks two stages gets the earlier stage's response. The comments give each stage's place in the order
 * of checks, and the responses that it can send.
 */
import { Hono } from "hono";
import { TrieRouter } from "hono/router/trie-router";
import type { AppEnv } from "#core/contract/context.ts";
import type { Dependencies } from "#core/contract/dependencies.ts";
import type { Format } from "#core/contract/format.ts";
import type { Registry } from "#core/contract/module.ts";
import { pipeline, type Stage } from "#core/contract/stage.ts";
import { holdPreconditions } from "#features/caching/conditional.ts";
import { edgeOf } from "#features/caching/edge/stage.ts";
import { HEALTH_PATHS } from "#features/health/endpoints.ts";
import { answerLiveness } from "#features/health/liveness.ts";
import { authenticate } from "#features/identity/authenticate.ts";
import { authorize } from "#features/identity/authorize.ts";
import type { Limiter } from "#features/limits/limiter.ts";
import { recognizeOverload } from "#features/limits/overload/platform-overload.ts";
import { createLimitStages } from "#features/limits/stages.ts";
import { hal } from "#features/representation/formats/hal.ts";
import { json } from "#features/representation/formats/json.ts";
import { jsonApi } from "#features/representation/formats/json-api.ts";
import { negotiateFormat } from "#features/representation/negotiate.ts";
import { answerOnce } from "#pipeline/idempotency/once.ts";
import { answerFailures, containThrown, type RenderFailurePage } from "#pipeline/observe/failure.ts";
import { configure, observe } from "#pipeline/observe/observe.ts";
import { setServerTiming } from "#pipeline/observe/server-timing.ts";
import { shareAcrossOrigins } from "#pipeline/protect/cors.ts";
import { protect } from "#pipeline/protect/protect.ts";
import { refuseCleartext } from "#pipeline/protect/transport.ts";
import { receiveContent } from "#pipeline/receive/receive.ts";
import { loadCurrent } from "#pipeline/respond/current.ts";
import { respond } from "#pipeline/respond/respond.ts";
import { readFromBookmark } from "#pipeline/route/bookmark.ts";
import { isProtocol, serveProtocol } from "#pipeline/route/protocol.ts";
import {
  bind,
  boundUrl,
  describePath,
  pathsOf,
  redirectOrRefuse,
  refuseMethod,
  routerPath,
} from "#pipeline/route/route.ts";
import { readTarget } from "#pipeline/route/target.ts";
import { validateContent } from "#pipeline/validate/validate.ts";

/** The first format is the default for clients that do not choose one. */
export const formats: readonly [Format, ...Format[]] = [json, hal, jsonApi];

/** The page templates are loaded with the first failure that a browser receives. */
const renderFailure: RenderFailurePage = async (shown) =>
  (await import("#web/failure-page.ts")).renderFailurePage(shown);

/** The parts of the modules that the app serves. */
export type Served = Pick<Registry, "endpoints" | "protocolEndpoints" | "abilities" | "scopes">;

export function createApp(
  { endpoints, protocolEndpoints, abilities, scopes }: Served,
  dependencies: Dependencies,
  limiter: Limiter,
): Hono<AppEnv> {
  // The default router first builds a faster one, which cannot serve these paths.
  const app = new Hono<AppEnv>({ router: new TrieRouter() });
  const { faults } = dependencies;
  const { answerFromEdge, forgetKnownGenerations } = edgeOf(endpoints, () => dependencies.openCache());
  const { setRateLimitHeaders, chargeFailures, shedLoad, shieldAddress, takeTokens } = createLimitStages(limiter, [
    ...endpoints,
    ...protocolEndpoints,
  ]);
  app.onError(recognizeOverload(answerFailures(renderFailure)));

  const everyRequest = [
    observe(dependencies, scopes), //      1  correlation id, trace, clock; the one log line at the end
    protect, //                            2  security headers
    shareAcrossOrigins, //                    CORS
    containThrown, //                         turns every thrown value into an Error
    answerLiveness, //                        200, even if configuration or database fail
    configure(dependencies), //               503 while the configuration is invalid
    setServerTiming(dependencies.now), //     Server-Timing for staff
    setRateLimitHeaders, //                   rate limit headers on every metered response
    chargeFailures, //                        charges 404, 405 and invalid credentials
    forgetKnownGenerations, //                discards known generations after a write
    refuseCleartext(HEALTH_PATHS), //         403 for HTTP without TLS
    boundUrl, //                           3  400, 414
  ];
  app.use(...pipeline(everyRequest));
  const serve = (method: string, path: string, stages: readonly Stage[]) =>
    app.on([method], [path], ...pipeline(stages, everyRequest));

  const paths = pathsOf([...endpoints, ...protocolEndpoints]);
  for (const path of paths) {
    const route = routerPath(path.template);
    for (const endpoint of path.endpoints) {
      const { method } = endpoint.contract;
      if (isProtocol(endpoint)) {
        // 4 overload (503), the address's limits (429), then the standard's own code
        serve(method, route, [shedLoad(endpoint), shieldAddress(endpoint), serveProtocol(endpoint)]);
        continue;
      }
      serve(method, route, [
        bind(endpoint, path, endpoints), //             sets the endpoint for later stages
        readFromBookmark(endpoint), //                  chooses the primary or a replica
        shedLoad(endpoint), //                       4  overload: 503
        shieldAddress(endpoint), //                     the coarse shield, the address's limits: 429
        authenticate(dependencies, abilities), //    5  401
        takeTokens(endpoint), //                        the principal's own limits: 429
        authorize, //                                6  401, 403
        negotiateFormat(formats), //                 7  406
        receiveContent, //                              415, 413
        readTarget(endpoint), //                        404 for a malformed id, 400 for parameters, 414
        answerOnce(endpoint, endpoints, faults), //  8  400, 409, 422, 503, or a replayed response
        loadCurrent, //                              9  404, 403 for this object
        answerFromEdge, //                              a cached response, if it is still valid
        holdPreconditions, //                           304, 428, 412
        validateContent, //                         10  400, 422, or 409 for a patch that cannot be applied
        respond, //                                 11  the handler, then (12) its result as a representation
      ]);
    }
    serve("OPTIONS", route, [describePath(path)]); // 204 with Allow
    serve("ALL", route, [refuseMethod(path)]); //     405 with Allow
  }
  serve("ALL", "*", [redirectOrRefuse(paths)]); //    404, or 308 for a trailing slash
  return app;
}
