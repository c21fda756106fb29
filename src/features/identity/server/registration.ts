/** Dynamic registration of clients (RFC 7591): off, and then there is nothing here, unless the configuration opens it. */
import type { ProtocolEndpoint } from "#core/contract/protocol.ts";
import { problem } from "#core/http/problem.ts";
import { answer, TAG, WRONG } from "./answers.ts";
import { PATHS } from "./paths.ts";
import { registrationSchema } from "./schemas.ts";

/** `serve` has the library answer. */
export function registrationEndpoint(serve: ProtocolEndpoint["serve"]): ProtocolEndpoint {
  return {
    contract: {
      operationId: "registerClient",
      method: "POST",
      path: PATHS.register,
      tag: TAG,
      summary: "Register a client",
      description:
        "Makes a client of whoever asks, by a JSON document of its metadata (RFC 7591). Where the configuration keeps registration closed, as it does by default, there is nothing here.",
      problems: ["not-found", "content-too-large"],
      responses: {
        201: answer("The client.", registrationSchema, {
          client_id: "u7Gq2ZxRk0pYb1cVnH5sWdTfE9aLmQoX3iJrK8MvBzC",
          client_id_issued_at: 1_767_225_600,
          client_name: "An app",
          redirect_uris: ["https://app.example.com/callback"],
          grant_types: ["authorization_code", "refresh_token"],
          response_types: ["code"],
          token_endpoint_auth_method: "none",
          scope: "openid offline_access orders:read",
        }),
        400: WRONG,
      },
      security: [],
    },
    limit: { cost: "write", also: ["token"] },
    async serve(request, surroundings) {
      if (surroundings.settings.clientRegistration === "closed") throw problem("not-found");
      return serve(request, surroundings);
    },
  };
}
