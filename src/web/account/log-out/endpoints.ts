/** The endpoints of the sign-out page, including sign-outs that a client requests. */
import { z } from "@hono/zod-openapi";
import { formPage } from "../form-endpoint.ts";
import { textField } from "../form-fields.ts";

const load = () => import("./handlers.ts");

const visible = { pattern: "^[\\x20-\\x7E]*$" };

/** The endpoints of the sign-out page. */
export const logOutEndpoints = formPage({
  path: "/logout",
  fields: {
    client_id: textField(255, "The client that requests the sign-out.", visible).optional(),
    post_logout_redirect_uri: z.string().max(2000).optional().openapi({
      format: "uri",
      description: "Where to redirect afterwards: a URI that the client registered for this.",
    }),
    state: textField(1024, "A value of the client, which the redirect returns unchanged.", visible).optional(),
  },
  example: {},
  leadsOn: true,
  read: {
    operationId: "showLogOut",
    summary: "Sign-out page",
    description:
      "Asks the person to confirm, and shows the account and the client that requests the sign-out. Redirects to the client if the browser is not signed in.",
  },
  send: {
    operationId: "logOut",
    summary: "Sign out",
    description:
      "Signs the browser out and redirects to `post_logout_redirect_uri` if the client registered it. Apps keep their access to the account.",
  },
  show: async (visit) => (await load()).showLogOut(visit),
  submit: async (call) => (await load()).submitLogOut(call),
});
