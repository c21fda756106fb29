/** The modules of the pages: public pages with the documents for programs, and account pages. */
import { defineModule, type Module } from "#core/contract/module.ts";
import type { ProblemType } from "#core/http/problem-types.ts";
import { peopleEndpoints } from "./account/endpoints.ts";
import { documentEndpoints } from "./documents/endpoints.ts";
import { pageEndpoints } from "./endpoints.ts";
import { wellKnownEndpoints } from "./well-known.ts";

export const documentsModule = defineModule({
  name: "documents",
  endpoints: documentEndpoints,
  tags: { Documents: "Pages and documents that describe the service, for people and programs." },
});

/** The pages, one for each problem type among them. */
export function pagesModule(problemTypes: readonly ProblemType[]): Module {
  return defineModule({ name: "pages", endpoints: [...pageEndpoints(problemTypes), ...wellKnownEndpoints] });
}

export const accountPagesModule = defineModule({
  name: "account-pages",
  endpoints: peopleEndpoints,
  tags: { "Account pages": "Sign-up and sign-in, passwords and passkeys, and consent, for people in a browser." },
});
