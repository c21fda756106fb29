/**
 * The Location header of a redirect (RFC 9110 section 10.2.2). Guarantees that all headers of the response together stay
 * below 8 KiB, and that the service accepts the URL that it leads to.
 */
import { problem } from "./problem.ts";

/** The same maximum as for the Link header of a list. */
export const MAX_LOCATION_CHARACTERS = 6000;

/** The location of a redirect that repeats what a client sent. @throws uri-too-long */
export function boundLocation(location: string): string {
  if (location.length <= MAX_LOCATION_CHARACTERS) return location;
  throw problem("uri-too-long", {
    detail: `The URL redirects to another URL, which may have at most ${MAX_LOCATION_CHARACTERS} characters.`,
  });
}
