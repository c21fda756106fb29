/**
 * The page that a browser shows for a failure: what happened, what to do next, the reference for the operators, and
 * links to other pages. It needs no script, no configuration and no database.
 */
import { html } from "hono/html";
import type { DocumentAnswer } from "#core/contract/answer.ts";
import type { Problem } from "#core/http/problem.ts";
import { PAGE_POLICY } from "./content-policy.ts";
import { retryAdvice, type ToldFailure, toldFailure } from "./failure-texts.ts";
import { renderPage } from "./layout.ts";
import { type Markup, prose } from "./markup.ts";

/** A link to the page where the person can continue. */
export interface Onward {
  readonly href: string;
  readonly label: string;
}

/** A failed request and the id by which operators find it. */
export interface ShownFailure {
  readonly failure: Problem;
  readonly correlationId: string;
  /** The version of the service. Undefined if the configuration cannot be read. */
  readonly version?: string | undefined;
}

const MAX_SHOWN_FAULTS = 20;

const WAYS: readonly Onward[] = [
  { href: "/", label: "First steps" },
  { href: "/docs", label: "Documentation" },
  { href: "/account", label: "Your account" },
];

/** A complete page that shows the failure. */
export async function renderFailurePage({ failure, correlationId, version }: ShownFailure): Promise<DocumentAnswer> {
  const { title, what } = toldFailure(failure);
  const content = await renderPage({
    title,
    description: what,
    version,
    main: html`
<div class="frame">
<article class="problem">
<p class="eyebrow">Error ${failure.status}</p>
<h1>${title}</h1>
${failureContent({ failure, correlationId })}
</article>
</div>`,
  });
  return {
    kind: "document",
    status: 200,
    mediaType: "text/html; charset=utf-8",
    content,
    headers: { "Content-Security-Policy": PAGE_POLICY },
  };
}

/** The content below the title of a failure page. */
interface FailureContent extends Pick<ShownFailure, "failure" | "correlationId"> {
  /** The page's own texts. Default: those of the problem type. */
  readonly told?: Pick<ToldFailure, "what" | "next">;
  /** The most useful link, if there is one. */
  readonly onward?: Onward | undefined;
}

/** Renders the content below the title of a failure page. */
export function failureContent({ failure, correlationId, onward, told }: FailureContent): Markup {
  const { what, next } = told ?? toldFailure(failure);
  const advice = retryAdvice(failure);
  const ways = WAYS.filter(({ href }) => href !== onward?.href);
  return html`<p class="lead">${prose(what)}</p>
${faultList(failure)}
${advice === undefined && next === "" ? "" : html`<p class="measure">${advice === undefined ? "" : html`<strong>${advice}</strong> `}${prose(next)}</p>`}
${onward === undefined ? "" : html`<p class="actions"><a class="button primary" href="${onward.href}">${onward.label}</a></p>`}
${referenceLine(failure, correlationId)}
<ul class="ways">${ways.map(({ href, label }) => html`<li><a href="${href}">${label}</a></li>`)}</ul>`;
}

/** The id by which operators find the request, and a link to the page of the problem type. */
export function referenceLine({ type }: Problem, correlationId: string): Markup {
  return html`<p class="reference">Reference: <code>${correlationId}</code><br>Problem type: <a href="/problems/${type}">${type}</a></p>`;
}

function faultList({ errors = [], detail }: Problem): Markup | "" {
  const shown = errors.filter((fault) => fault.detail !== detail).slice(0, MAX_SHOWN_FAULTS);
  if (shown.length === 0) return "";
  return html`<ul class="faults">${shown.map((fault) => html`<li>${prose(fault.detail)}</li>`)}</ul>`;
}
