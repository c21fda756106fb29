/**
 * Shows a person that a request of an app cannot be answered to the app (RFC 6749 section 4.1.2.1). Nothing in the page
 * leads anywhere that the request names.
 */
import { html } from "hono/html";
import type { Surroundings } from "#core/contract/doors.ts";
import type { Onward } from "../failure-page.ts";
import { renderPersonalPage } from "./page.ts";

/** Why the person cannot be sent back to the app. */
export interface RefusedAuthorization {
  /** As OAuth names it. */
  readonly error: string;
  readonly description: string;
  /** What the person can do instead. */
  readonly next?: Onward;
}

/** The page, as the answer to the request. */
export async function showRefusedAuthorization(
  { error, description, next }: RefusedAuthorization,
  { settings }: Surroundings,
): Promise<Response> {
  const page = await renderPersonalPage(
    {
      title: "The app's request is not valid",
      description: "The app sent a request that is not valid.",
      content: html`<p class="lead">The app that sent you here made a request that is not valid. You did nothing wrong, and nothing has
happened to your account. Go back to the app and start again.</p>
${next === undefined ? "" : html`<p class="actions"><a class="button" href="${next.href}">${next.label}</a></p>`}
<p>For the developers of the app: <code>${error}</code>, ${description}.</p>`,
    },
    settings.version,
  );
  return new Response(page.content, {
    status: 400,
    headers: { ...page.headers, "Content-Type": page.mediaType, "Cache-Control": "no-store" },
  });
}
