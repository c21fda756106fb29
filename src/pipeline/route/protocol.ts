/** Passes a request to the implementation of its standard, with a bounded, unencoded body, and logs its route. */
import type { Handler } from "hono";
import type { AppEnv } from "#core/contract/context.ts";
import type { Endpoint } from "#core/contract/endpoint.ts";
import type { ProtocolEndpoint } from "#core/contract/protocol.ts";
import { boundBody, refuseEncodedContent, refuseOtherCharset } from "../receive/receive.ts";

export function isProtocol(endpoint: Endpoint | ProtocolEndpoint): endpoint is ProtocolEndpoint {
  return "serve" in endpoint;
}

/** @throws unsupported-media-type, content-too-large, malformed-request if the body is incomplete */
export function serveProtocol(endpoint: ProtocolEndpoint): Handler<AppEnv> {
  return async function serve(c) {
    const { context, log } = c.var;
    log["http.route"] = endpoint.contract.path;
    if (endpoint.contract.method === "POST") {
      refuseEncodedContent(c.req.raw.headers);
      refuseOtherCharset(c.req.raw.headers);
    }
    const answer = await endpoint.serve(await boundBody(c.req.raw), context);
    // Copied, so that other stages can add headers.
    return new Response(answer.body, answer);
  };
}
