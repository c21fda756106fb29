/**
 * Tells a person of a request for authorization that is wrong in such a way that nobody can be sent back to the app
 * with it (RFC 6749 section 4.1.2.1). Nothing in the page leads anywhere that the request names.
 */
import { html } from "hono/html";
import type { Surroundings } from "#core/contract/doors.ts";
import { renderPersonalPage } from "./page.ts";

/** Why nobody can be sent back to the app. */
export interface RefusedAuthorization {
  /** As OAuth names it. */
  readonly error: string;
  readonly description: string;
}

/** The page, as the answer to the request. */
export async function showRefusedAuthorization(
  { error, description }: RefusedAuthorization,
  { settings }: Surroundings,
): Promise<Response> {
  const page = await renderPersonalPage(
    {
      title: "This app cannot go on",
      description: "The app sent a request that cannot be answered.",
      content: html`<p class="lead">The app that led you here asked for something in a way that cannot be answered. It is nothing that you
did, and nothing has happened to your account. Go back to the app, and start again.</p>
<p>For those who make the app: <code>${error}</code>, ${description}.</p>`,
    },
    settings.version,
  );
  return new Response(page.content, {
    status: 400,
    headers: { ...page.headers, "Content-Type": page.mediaType, "Cache-Control": "no-store" },
  });
}
