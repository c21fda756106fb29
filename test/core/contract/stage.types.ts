/**
 * The type checker knows what a stage may read and set. Each `@ts-expect-error` line must fail, or the type check
 * fails.
 */
import { stage } from "#core/contract/stage.ts";

stage("reads what it requires", { requires: ["principal"] }, async ({ principal, log }) => {
  log["user.id"] = principal.kind;
});

// @ts-expect-error the stage does not require the principal
stage("reads something else", { requires: ["ability"] }, async ({ principal }) => principal);

stage("sets what it provides", { requires: ["content"], provides: ["form"] }, async (request) => {
  request.form = new Map();
  // @ts-expect-error the stage does not provide the content
  request.content = new Uint8Array();
});
