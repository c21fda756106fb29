/** A button that copies text and announces the result. */
import { element } from "./element.js";

const SAID_FOR_MS = 2_000;

/**
 * Returns the button and its status element; place both together. `what` names the text for screen readers.
 *
 * @param {() => string} read
 * @param {string} what
 * @returns {[HTMLButtonElement, HTMLElement]}
 */
export function copyButton(read, what) {
  const label = () => ["Copy", element("span", { class: "unseen" }, ` ${what}`)];
  const button = element("button", { type: "button", class: "button small copy" }, ...label());
  const said = element("span", { role: "status", class: "unseen" });
  button.addEventListener("click", async () => {
    const copied = await navigator.clipboard.writeText(read()).then(
      () => true,
      () => false,
    );
    button.textContent = copied ? "Copied" : "Select and copy";
    said.textContent = copied ? "Copied to the clipboard." : "The clipboard is not available.";
    setTimeout(() => {
      button.replaceChildren(...label());
      said.textContent = "";
    }, SAID_FOR_MS);
  });
  return [button, said];
}
