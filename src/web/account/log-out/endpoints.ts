/** Logging out, also where a client asks for it. */
import { z } from "@hono/zod-openapi";
import { formPage } from "../form-endpoint.ts";
import { textField } from "../form-fields.ts";

const load = () => import("./handlers.ts");

const visible = { pattern: "^[\\x20-\\x7E]*$" };

/** Logging out, also where a client asks for it. */
export const logOutEndpoints = formPage({
  path: "/logout",
  fields: {
    client_id: textField(255, "The client that asks.", visible).optional(),
    post_logout_redirect_uri: z
      .string()
      .max(2000)
      .optional()
      .openapi({ format: "uri", description: "Where to go on: a URI that the client registered for this." }),
    state: textField(1024, "For the client, as it sent it.", visible).optional(),
  },
  example: {},
  leadsOn: true,
  read: {
    operationId: "showLogOut",
    summary: "Page to log out",
    description:
      "Asks whether to log out, for which account, and says which client asks. Leads on to the client where the browser is not logged in.",
  },
  send: {
    operationId: "logOut",
    summary: "Log out",
    description:
      "Logs the browser out, and leads to `post_logout_redirect_uri` if the client registered it. What apps may do in the person's name stays.",
  },
  show: async (visit) => (await load()).showLogOut(visit),
  submit: async (call) => (await load()).submitLogOut(call),
});
