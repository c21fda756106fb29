/** The documentation's script: a filter for operations, forms to try them, and the place of the reader. */
import { addTryIt } from "./try-it.js";

/** Opens what hides the target of a link; not every browser does. */
function revealTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target === null) return;
  let closed = false;
  for (let details = target.closest("details"); details !== null; ) {
    closed ||= !details.open;
    details.open = true;
    details = details.parentElement?.closest("details") ?? null;
  }
  if (closed) target.scrollIntoView();
}

/** @param {HTMLElement} place */
function addFilter(place) {
  const label = document.createElement("label");
  label.htmlFor = "filter-text";
  label.textContent = "Filter operations";
  const input = document.createElement("input");
  input.id = "filter-text";
  input.type = "search";
  input.autocomplete = "off";
  input.spellcheck = false;
  const found = document.createElement("p");
  found.setAttribute("role", "status");
  place.append(label, input, found);
  input.addEventListener("input", () => {
    found.textContent = showMatching(input.value);
  });
}

/**
 * Hides the operations that lack one of the words, and the groups that are left empty.
 *
 * @param {string} text
 */
function showMatching(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const sections = [...document.querySelectorAll("section.operation")].filter((found) => found instanceof HTMLElement);
  let count = 0;
  for (const section of sections) {
    const matches = words.every((word) => section.dataset["words"]?.includes(word));
    section.hidden = !matches;
    if (matches) count += 1;
    for (const entry of document.querySelectorAll(`[data-for="${section.id}"]`))
      entry.toggleAttribute("hidden", !matches);
  }
  for (const group of document.querySelectorAll(".contents-group, section.tag")) {
    const members = group.querySelectorAll("[data-for], section.operation");
    const isEmpty = members.length > 0 && [...members].every((member) => member.hasAttribute("hidden"));
    group.toggleAttribute("hidden", isEmpty);
  }
  if (words.length === 0) return "";
  return count === 1 ? "1 operation" : `${count} operations`;
}

/** Marks the entry of the operation that is being read. */
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
    // A line a quarter down the window: one operation crosses it at a time.
    { rootMargin: "-25% 0px -75% 0px" },
  );
  for (const section of document.querySelectorAll("section.operation")) observer.observe(section);
}

/** Beside the text the contents are shown anyway; being open they are so for everybody. */
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
revealTarget();
