/**
 * A simple form for a refused request whose page cannot be rendered, for example while the database is unavailable. It
 * keeps the submitted values except passwords. It never asks for a decision, because it cannot show what the decision is
 * about.
 */
import { z } from "@hono/zod-openapi";
import { html } from "hono/html";
import type { FailedRequest } from "#core/contract/endpoint.ts";
import { retryAdvice, toldFailure } from "../failure-texts.ts";
import type { Markup } from "../markup.ts";
import { entry, type Field, form, hidden, refusal, submit } from "./fields.ts";
import { MAX_EMAIL, MAX_NAME, MAX_PASSWORD } from "./form-fields.ts";
import type { PersonalPage } from "./page.ts";
import type { Visit } from "./visit.ts";

/** The visible fields, by name. */
const ASKED: Readonly<Record<string, Omit<Field, "name">>> = {
  name: { label: "Name", type: "text", autocomplete: "name", maxLength: MAX_NAME },
  email: { label: "Email", type: "email", autocomplete: "username", maxLength: MAX_EMAIL },
  current: { label: "Current password", type: "password", autocomplete: "current-password", maxLength: MAX_PASSWORD },
  password: { label: "Password", type: "password", autocomplete: "off", maxLength: MAX_PASSWORD },
  user_code: { label: "Code", type: "text", autocomplete: "off", maxLength: 64, isCode: true },
};

/** Names of fields that the form sends as hidden fields. */
const UNSEEN = new Set(["id"]);

const DECISION = "decision";

/** Renders the page. Its form goes to the URL of the refused form. */
export function retryPage<P>({ call, csrf }: Visit<P>, failed: FailedRequest, fields: z.ZodRawShape): PersonalPage {
  const { failure, form: sent } = failed;
  const { title, what } = toldFailure(failure);
  const isQuestion = sent.has(DECISION);
  return {
    title,
    description: what,
    content: html`${refusal(failed)}
${isQuestion ? html`<p class="measure">${retryAdvice(failure) ?? ""}</p>` : form(call.url.pathname, csrf, html`${fieldsOf(failed, fields)}${submit("Try again")}`)}
<ul class="ways">${isQuestion ? html`<li><a href="${call.url.pathname}">Open the page again</a></li>` : ""}<li><a href="/account">Your account</a></li></ul>`,
  };
}

function fieldsOf(failed: FailedRequest, fields: z.ZodRawShape): Markup[] {
  const { form: sent } = failed;
  return Object.entries(fields).flatMap(([name, schema]) => {
    const isRequired = schema instanceof z.ZodType && !schema.safeParse(undefined).success;
    const field = ASKED[name];
    if (UNSEEN.has(name)) return [hidden(name, sent.get(name) ?? "")];
    return field !== undefined && (isRequired || sent.has(name)) ? [entry({ ...field, name }, failed)] : [];
  });
}
