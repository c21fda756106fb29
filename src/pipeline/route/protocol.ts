/** Passes a request to the implementation of its standard, with a bounded, unencoded body, and logs its route. */
import { CONFIGURED } from "#core/contract/context.ts";
import type { Endpoint } from "#core/contract/endpoint.ts";
import type { ProtocolEndpoint } from "#core/contract/protocol.ts";
import { type Stage, stage } from "#core/contract/stage.ts";
import { boundBody, refuseEncodedContent, refuseOtherCharset } from "../receive/receive.ts";

export function isProtocol(endpoint: Endpoint | ProtocolEndpoint): endpoint is ProtocolEndpoint {
  return "serve" in endpoint;
}

/** @throws unsupported-media-type, content-too-large, malformed-request if the body is incomplete */
export function serveProtocol(endpoint: ProtocolEndpoint): Stage {
  return stage("serveProtocol", { requires: CONFIGURED }, async (request) => {
    const { raw } = request.http.req;
    request.log["http.route"] = endpoint.contract.path;
    if (endpoint.contract.method === "POST") {
      refuseEncodedContent(raw.headers);
      refuseOtherCharset(raw.headers);
    }
    const answer = await endpoint.serve(await boundBody(raw), request);
    // Copied, so that other stages can add headers.
    return new Response(answer.body, answer);
  });
}
