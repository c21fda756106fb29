/**
 * Logout that a client asks for (OpenID Connect RP-Initiated Logout). The person is asked on the page that ends
 * sign-ins, whoever sent them: no client can end one by itself, and none has a place registered to send people to after.
 */
import type { Surroundings } from "#core/contract/doors.ts";
import type { ProtocolEndpoint } from "#core/contract/protocol.ts";
import { TAG } from "./answers.ts";
import { logoutQuery } from "./forms.ts";
import { PATHS } from "./paths.ts";

const PAGE = "/logout";

async function leadToLogout(_request: Request, { origin }: Surroundings): Promise<Response> {
  return new Response(null, { status: 303, headers: { Location: `${origin}${PAGE}` } });
}

const shared = {
  path: PATHS.logout,
  tag: TAG,
  responses: { 303: { description: "To the page that asks the person." } },
  security: [],
} as const;

export const logoutEndpoints: readonly ProtocolEndpoint[] = [
  {
    contract: {
      ...shared,
      operationId: "endSession",
      method: "GET",
      summary: "Ask a person to sign out",
      description: "Where a client sends a person's browser to sign out here too.",
      query: logoutQuery,
    },
    limit: { cost: "read" },
    serve: leadToLogout,
  },
  {
    contract: {
      ...shared,
      operationId: "endSessionByForm",
      method: "POST",
      summary: "Ask a person to sign out, by form",
      description: "The same with the parameters in a form.",
      form: { schema: logoutQuery, example: { client_id: "demo-app" } },
    },
    limit: { cost: "read" },
    serve: leadToLogout,
  },
];
