/** Renders account pages in the layout of all pages. The declared needs of a page determine its `Content-Security-Policy`. */
import { html } from "hono/html";
import type { DocumentAnswer } from "#core/contract/answer.ts";
import type { Problem } from "#core/http/problem.ts";
import { PROBLEM_TYPES } from "#core/http/problem-types.ts";
import { failureContent, type Onward } from "../failure-page.ts";
import { toldFailure } from "../failure-texts.ts";
import { renderPage } from "../layout.ts";
import type { Markup } from "../markup.ts";
import { type ContentNeeds, contentPolicy } from "./content-policy.ts";

/** An account page without the layout. */
export interface PersonalPage {
  readonly title: string;
  readonly description: string;
  /** The content below the title. */
  readonly content: Markup;
  /** What the page needs besides text and forms that stay on this origin. */
  readonly needs?: Partial<ContentNeeds>;
}

const PASSKEYS_SCRIPT = "/assets/scripts/passkeys.js";

/** Renders the page as a response with its `Content-Security-Policy`. */
export async function renderPersonalPage(page: PersonalPage, version: string): Promise<DocumentAnswer> {
  const needs = { script: false, challenge: false, forms: "self", ...page.needs } as const;
  const content = await renderPage({
    title: page.title,
    description: page.description,
    section: "/account",
    version,
    ...(needs.script ? { script: PASSKEYS_SCRIPT } : {}),
    main: html`
<div class="frame">
<div class="personal">
<h1>${page.title}</h1>
${page.content}
</div>
</div>`,
  });
  return {
    kind: "document",
    status: 200,
    mediaType: "text/html; charset=utf-8",
    content,
    headers: { "Content-Security-Policy": contentPolicy(needs) },
  };
}

const SPENT = "This link is no longer valid";

/** Whether the page existed, but its link was used or has expired. The problem's detail says so, and what to do. */
function isSpentLink({ type, detail }: Problem): boolean {
  return type === "not-found" && detail !== PROBLEM_TYPES["not-found"].detail;
}

/** A page that shows a failure, for requests without a form that could show it. */
export function failurePage(failure: Problem, correlationId: string, onward?: Onward): PersonalPage {
  const told = isSpentLink(failure) ? { title: SPENT, what: failure.detail, next: "" } : toldFailure(failure);
  return {
    title: told.title,
    description: told.what,
    content: failureContent({ failure, correlationId, onward, told }),
  };
}
