/** The script of the documentation: filters operations, adds forms to try them, and marks the current operation. */
import { element } from "./element.js";
import { addTryIt } from "./try-it.js";

/** The element that the fragment of the URL identifies, if any. */
function targetOfAddress() {
  return document.getElementById(decodeURIComponent(location.hash.slice(1)));
}

/** Shows the target of a link if the filter or a closed details element hides it. */
function revealTarget() {
  const target = targetOfAddress();
  if (target === null) return;
  let wasHidden = target.closest("[hidden]") !== null;
  if (wasHidden) clearFilter();
  for (let details = target.closest("details"); details !== null; ) {
    wasHidden ||= !details.open;
    details.open = true;
    details = details.parentElement?.closest("details") ?? null;
  }
  if (wasHidden) target.scrollIntoView();
}

/** @type {HTMLInputElement | undefined} */
let filter;

function clearFilter() {
  if (filter === undefined || filter.value === "") return;
  filter.value = "";
  filter.dispatchEvent(new Event("input"));
}

/** @param {HTMLElement} place */
function addFilter(place) {
  const input = element("input", { id: "filter-text", type: "search", autocomplete: "off", spellcheck: "false" });
  const hint = element(
    "p",
    { id: "filter-hint", class: "hint" },
    "Search names, texts, members, scopes and problem types",
  );
  const found = element("p", { role: "status" });
  input.setAttribute("aria-describedby", hint.id);
  place.append(element("label", { for: input.id }, "Filter operations"), input, hint, found);
  input.addEventListener("input", () => {
    found.textContent = showMatching(input.value);
  });
  filter = input;
}

const METHODS = new Set(["get", "post", "patch", "delete"]);

/** The searchable text of each operation, built on first use. @type {Map<string, string>} */
const texts = new Map();

/**
 * Returns the text of an operation and of all schemas that it links to.
 *
 * @param {HTMLElement} section
 */
function textOf(section) {
  const known = texts.get(section.id);
  if (known !== undefined) return known;
  const parts = [section.dataset["words"] ?? ""];
  const seen = new Set();
  /** @param {Element} within */
  const collect = (within) => {
    for (const part of within.querySelectorAll("h3, p, td, th, dd, dt, li, summary")) {
      if (part.closest(".try") === null) parts.push(part.textContent ?? "");
    }
    for (const link of within.querySelectorAll("a[href^='#schema-'], a[href^='#response-']")) {
      const id = link.getAttribute("href")?.slice(1) ?? "";
      const target = seen.has(id) ? null : document.getElementById(id);
      seen.add(id);
      // The operation itself lists its problem types, so shared failures and their schema add nothing.
      if (target !== null && id.startsWith("schema-") && id !== "schema-Problem") collect(target);
    }
  };
  collect(section);
  const text = ` ${parts.join(" ").toLowerCase()} `;
  texts.set(section.id, text);
  return text;
}

/**
 * Whether the operation matches a word. The name of a method matches only that method. Scopes match only words with a
 * colon: schemas list all scopes, so parts of their names would match nearly every operation.
 *
 * @param {HTMLElement} section
 * @param {string} word
 */
function mentions(section, word) {
  if (METHODS.has(word)) return section.dataset["method"]?.toLowerCase() === word;
  const text = textOf(section);
  return word.includes(":") ? text.includes(word) : text.replaceAll(/\b[a-z]+:[a-z]+\b/g, " ").includes(word);
}

/**
 * Hides operations that lack one of the words, and groups without a visible operation. The target of the URL stays
 * visible.
 *
 * @param {string} text
 */
function showMatching(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const sections = [...document.querySelectorAll("section.operation")].filter((found) => found instanceof HTMLElement);
  const target = targetOfAddress();
  let count = 0;
  for (const section of sections) {
    const matches = words.every((word) => mentions(section, word));
    section.hidden = !matches && !(target !== null && section.contains(target));
    if (matches) count += 1;
    for (const entry of document.querySelectorAll(`[data-for="${section.id}"]`))
      entry.toggleAttribute("hidden", section.hidden);
  }
  for (const group of document.querySelectorAll(".contents-group, section.tag")) {
    const members = group.querySelectorAll("[data-for], section.operation");
    const isEmpty = members.length > 0 && [...members].every((member) => member.hasAttribute("hidden"));
    group.toggleAttribute("hidden", isEmpty);
  }
  if (words.length === 0) return "";
  if (count === 0) return "No operation matches.";
  return count === 1 ? "1 operation" : `${count} operations`;
}

/** Marks the entry of the operation that the reader has scrolled to. */
function followReader() {
  const entries = new Map(
    [...document.querySelectorAll("[data-for]")].map((entry) => [
      entry.getAttribute("data-for"),
      entry.querySelector("a"),
    ]),
  );
  const observer = new IntersectionObserver(
    (changes) => {
      for (const { isIntersecting, target } of changes) {
        const link = entries.get(target.id);
        if (isIntersecting) link?.setAttribute("aria-current", "true");
        else link?.removeAttribute("aria-current");
      }
    },
    // A line a quarter down the window, which only one operation crosses at a time.
    { rootMargin: "-25% 0px -75% 0px" },
  );
  for (const section of document.querySelectorAll("section.operation")) observer.observe(section);
}

/** Opens the table of contents while it is beside the text, so that assistive technology also sees it as open. */
function openContents() {
  const contents = document.querySelector("details.contents");
  const isBeside = matchMedia("(min-width: 60rem)");
  const follow = () => contents?.toggleAttribute("open", isBeside.matches);
  isBeside.addEventListener("change", follow);
  follow();
}

openContents();
const place = document.getElementById("filter");
if (place !== null) addFilter(place);
for (const section of document.querySelectorAll("section.operation")) {
  if (section instanceof HTMLElement) addTryIt(section);
}
followReader();
addEventListener("hashchange", revealTarget);
// A link to the current fragment fires no `hashchange` event.
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (link !== null && link.hash !== "" && link.hash === location.hash) revealTarget();
});
revealTarget();
