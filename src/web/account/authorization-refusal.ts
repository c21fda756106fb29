/**
 * The page for an invalid authorization request whose error cannot be returned to the app (RFC 6749 section 4.1.2.1). The
 * page contains no link from the request.
 */
import { html } from "hono/html";
import type { RequestContext } from "#core/contract/dependencies.ts";
import type { Onward } from "../failure-page.ts";
import { renderPersonalPage } from "./page.ts";

/** Why the service cannot redirect the person back to the app. */
export interface RefusedAuthorization {
  /** The OAuth error code. */
  readonly error: string;
  readonly description: string;
  /** A link to what the person can do instead. */
  readonly next?: Onward;
}

/** Renders the page as the response. */
export async function showRefusedAuthorization(
  { error, description, next }: RefusedAuthorization,
  { settings }: RequestContext,
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
