/** The modules of the pages: public pages with the documents for programs, and account pages. */
import { defineModule } from "#core/contract/module.ts";
import { peopleEndpoints } from "./account/endpoints.ts";
import { documentEndpoints } from "./documents/endpoints.ts";
import { pageEndpoints } from "./endpoints.ts";
import { wellKnownEndpoints } from "./well-known.ts";

export const documentsModule = defineModule({
  name: "documents",
  endpoints: documentEndpoints,
  tags: { Documents: "Pages and documents that describe the service, for people and programs." },
});

export const pagesModule = defineModule({ name: "pages", endpoints: [...pageEndpoints, ...wellKnownEndpoints] });

export const accountPagesModule = defineModule({
  name: "account-pages",
  endpoints: peopleEndpoints,
  tags: { "Account pages": "Sign-up and sign-in, passwords and passkeys, and consent, for people in a browser." },
});
