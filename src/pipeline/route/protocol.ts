/** Hands a request to whoever implements its standard, its body bounded and its route known to the log. */
import type { Handler } from "hono";
import type { AppEnv } from "#core/contract/context.ts";
import type { Endpoint } from "#core/contract/endpoint.ts";
import type { ProtocolEndpoint } from "#core/contract/protocol.ts";
import { boundBody } from "../receive/receive.ts";

export function isProtocol(endpoint: Endpoint | ProtocolEndpoint): endpoint is ProtocolEndpoint {
  return "serve" in endpoint;
}

/** @throws content-too-large */
export function serveProtocol(endpoint: ProtocolEndpoint): Handler<AppEnv> {
  return async function serve(c) {
    const { surroundings, log } = c.var;
    log["http.route"] = endpoint.contract.path;
    const answer = await endpoint.serve(await boundBody(c.req.raw), surroundings);
    // What another stage adds, it has to be able to add.
    return new Response(answer.body, answer);
  };
}
