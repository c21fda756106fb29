/** The conditional request headers that an operation supports, for the document (RFC 9110 section 13.1). */
import { isConditionalRead, isUnconditionalWrite } from "#core/contract/conditional.ts";
import type { Endpoint } from "#core/contract/endpoint.ts";
import { ENTITY_TAG, type HeaderParameter, text } from "./headers.ts";

const ENTITY_TAGS = `^(\\*|(W/)?${ENTITY_TAG}([ \\t]*,[ \\t]*(W/)?${ENTITY_TAG})*)$`;
const TAG_EXAMPLE = '"v0-aaaaaaaa-aaaaaaaa"';

/** The parameters, in the order in which RFC 9110 section 13.2.2 evaluates the headers. */
export function preconditionParameters(endpoint: Endpoint): HeaderParameter[] {
  const { contract, policy } = endpoint;
  if (endpoint.current !== undefined) {
    const ifMatch = tags("If-Match", GUARDED, "*");
    if (policy.precondition === "required") return [{ ...ifMatch, required: true }, IF_NONE_MATCH_OF_WRITE];
    return [ifMatch, date("If-Unmodified-Since", UNMODIFIED_STATE, LATER), IF_NONE_MATCH_OF_WRITE];
  }
  if (isUnconditionalWrite(endpoint))
    return [tags("If-Match", STATELESS, "*"), tags("If-None-Match", STATELESS_NONE, TAG_EXAMPLE)];
  if (!isConditionalRead(endpoint)) return [];
  const ifMatch = tags("If-Match", SELECTED, "*");
  // A document has an ETag and no date.
  if (contract.success.kind === "document") return [ifMatch, IF_NONE_MATCH_OF_READ];
  return [
    ifMatch,
    date("If-Unmodified-Since", UNMODIFIED_SINCE, LATER),
    IF_NONE_MATCH_OF_READ,
    date("If-Modified-Since", MODIFIED_SINCE, EARLIER),
  ];
}

const EARLIER = "Sat, 01 Jan 2000 00:00:00 GMT";
const LATER = "Thu, 31 Dec 2099 23:59:59 GMT";

const GUARDED =
  "The `ETag` of the state that the change starts from; `*` for any state. 412 if the resource has changed since then.";
const UNMODIFIED_STATE =
  "412 if the resource was modified after this date. Ignored if `If-Match` is present. Prefer `If-Match`, because dates have only whole seconds.";
const UNMODIFIED_SINCE = "412 if the representation was modified after this date. Ignored if `If-Match` is present.";
const MODIFIED_SINCE =
  "The `Last-Modified` of the client's copy: 304 if nothing was modified later. Ignored if `If-None-Match` is present.";
const SELECTED = "412 unless the representation has one of these tags. `*`: 412 if no representation exists.";
const STATELESS =
  "This operation does not depend on a state, so it cannot satisfy an entity tag: any value other than `*` is 412.";
const STATELESS_NONE = "This operation does not depend on a state: any value is 412.";

const IF_NONE_MATCH_OF_READ = tags(
  "If-None-Match",
  "The `ETag` of the client's copy: 304 if it is current.",
  TAG_EXAMPLE,
);

const IF_NONE_MATCH_OF_WRITE = tags(
  "If-None-Match",
  "412 if one of these tags matches the current state of the resource. `*`: 412 if the resource exists.",
  TAG_EXAMPLE,
);

function tags(name: string, description: string, example: string): HeaderParameter {
  return { in: "header", name, required: false, description, schema: text(8192, ENTITY_TAGS), example };
}

function date(name: string, description: string, example: string): HeaderParameter {
  // RFC 9110 section 5.6.7: a recipient also reads the two obsolete date formats, and ignores an invalid date.
  return { in: "header", name, required: false, description, schema: text(64), example };
}
