/** Negotiates the format of the response by `Accept` (RFC 9110 section 12.5.1). */
import type { Format } from "#core/contract/format.ts";
import { type Stage, stage } from "#core/contract/stage.ts";
import { negotiate } from "#core/http/media-type.ts";
import { problem } from "#core/http/problem.ts";

/**
 * Documents and empty responses have one form, which is sent regardless of `Accept`. For these the result is the
 * default format.
 *
 * @throws not-acceptable
 */
export function negotiateFormat(formats: readonly [Format, ...Format[]]): Stage {
  const offers = formats.map((format) => format.mediaType);
  return stage("negotiateFormat", { requires: ["endpoint"], provides: ["format"] }, async (request, next) => {
    const { http, endpoint } = request;
    const { kind } = endpoint.contract.success;
    const isRepresentation = kind === "resource" || kind === "list";
    const chosen = isRepresentation ? negotiate(http.req.header("accept"), offers) : formats[0].mediaType;
    const format = formats.find((candidate) => candidate.mediaType === chosen);
    if (format === undefined)
      throw problem("not-acceptable", { detail: `Available: ${offers.join(", ")}.`, headers: { Vary: "Accept" } });
    request.format = format;
    await next();
  });
}
