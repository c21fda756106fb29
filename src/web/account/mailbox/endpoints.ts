/** The local mailbox. */
import type { Settings } from "#core/contract/settings.ts";
import { pageEndpoint } from "../form-endpoint.ts";

/** Mail stays here while the service runs locally and nothing says where to send it. */
export function hasMailbox({ environment, mail }: Settings): boolean {
  return environment === "local" && mail === undefined;
}

const load = () => import("./handlers.ts");

/** The local mailbox. */
export const mailboxEndpoints = [
  pageEndpoint({
    path: "/mailbox",
    operationId: "showMailbox",
    summary: "Page of the local mailbox",
    description: "What a local server would have mailed. Missing in deployments, and where mail is sent.",
    problems: ["not-found"],
    leadsOn: false,
    isOffered: hasMailbox,
    show: async (visit) => (await load()).showMailbox(visit),
  }),
];
