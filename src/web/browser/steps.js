/** The script of the first steps: adds a Copy button to each command. */
import { copyButton } from "./copy.js";

for (const step of document.querySelectorAll(".steps > li")) {
  const code = step.querySelector(".step-command code");
  const outcome = step.querySelector(".outcome");
  const title = step.querySelector("h3")?.textContent ?? "";
  if (code !== null) outcome?.append(...copyButton(() => code.textContent ?? "", `the command of: ${title}`));
}
