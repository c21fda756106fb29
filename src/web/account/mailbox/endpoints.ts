/** The endpoint of the local mailbox. */
import type { Settings } from "#core/contract/settings.ts";
import { pageEndpoint } from "../form-endpoint.ts";

/** Whether the service keeps emails in the mailbox: it runs locally and has no mail service configured. */
export function hasMailbox({ environment, mail }: Settings): boolean {
  return environment === "local" && mail === undefined;
}

const load = () => import("./handlers.ts");

/** The endpoint of the local mailbox. */
export const mailboxEndpoints = [
  pageEndpoint({
    path: "/mailbox",
    operationId: "showMailbox",
    summary: "Local mailbox",
    description:
      "Shows the emails that a local server did not send. Returns 404 in a deployment, or if a mail service is configured.",
    problems: ["not-found"],
    leadsOn: false,
    isOffered: hasMailbox,
    show: async (visit) => (await load()).showMailbox(visit),
  }),
];
