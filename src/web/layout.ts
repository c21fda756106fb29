/** The layout of every page: head, skip link, banner with navigation, main, footer. */
import { html } from "hono/html";
import type { Markup } from "./markup.ts";

export interface Page {
  readonly title: string;
  readonly description: string;
  /** The path of the navigation entry that the page belongs to, if any. */
  readonly section?: "/" | "/docs" | "/problems" | "/account";
  /** The version of the service, if it is known. */
  readonly version: string | undefined;
  readonly main: Markup;
  /** The path of the page's script, a module. */
  readonly script?: string;
  /** Adds a separate column for the table of contents. */
  readonly wide?: true;
}

const NAVIGATION = [
  { path: "/", label: "Start" },
  { path: "/docs", label: "Docs" },
  { path: "/problems", label: "Problems" },
  { path: "/account", label: "Account" },
] as const;

export async function renderPage(page: Page): Promise<string> {
  const title = page.title === "Sluice" ? "Sluice: first steps" : `${page.title} · Sluice`;
  const document = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="${page.description}">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="/assets/sluice.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/sluice.css">
${page.script === undefined ? "" : html`<script type="module" src="${page.script}"></script>`}
</head>
<body${page.wide === true ? html` class="wide"` : ""}>
<a class="skip" href="#main">Skip to content</a>
<header class="banner">
<div class="frame">
<a class="brand" href="/"><img src="/assets/sluice.svg" alt="" width="28" height="28"><span>Sluice</span></a>
<nav aria-label="Pages"><ul>${NAVIGATION.map(({ path, label }) => navigationEntry(path, label, page.section))}</ul></nav>
</div>
</header>
<main id="main" tabindex="-1">
${page.main}
</main>
<footer class="colophon">
<div class="frame">
<p>Sluice${page.version === undefined ? "" : ` ${page.version}`}</p>
<ul>
<li><a href="/openapi.json">OpenAPI</a></li>
<li><a href="/health">Health</a></li>
</ul>
</div>
</footer>
</body>
</html>
`;
  return document.toString();
}

function navigationEntry(path: string, label: string, section: string | undefined): Markup {
  return html`<li><a href="${path}"${path === section ? html` aria-current="page"` : ""}>${label}</a></li>`;
}
