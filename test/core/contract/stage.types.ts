/** What a stage may read and set, as the type checker sees it. Each line that is expected to fail fails, or the check does. */
import { stage } from "#core/contract/stage.ts";

stage("reads what it requires", { requires: ["principal"] }, async ({ principal, log }) => {
  log["user.id"] = principal.kind;
});

// @ts-expect-error it does not require the principal
stage("reads something else", { requires: ["ability"] }, async ({ principal }) => principal);

stage("sets what it provides", { requires: ["content"], provides: ["form"] }, async (request) => {
  request.form = new Map();
  // @ts-expect-error it does not provide the content
  request.content = new Uint8Array();
});
