/**
 * The stylesheets, scripts and icon under browser/, as text. Vite imports text with `?raw` and esbuild with
 * `type: "text"`, so both the tests and the deployed bundle find them. Import this module lazily, so that only asset
 * requests load it.
 */
import copy from "./browser/copy.js?raw" with { type: "text" };
import docs from "./browser/docs.js?raw" with { type: "text" };
import element from "./browser/element.js?raw" with { type: "text" };
import fields from "./browser/fields.js?raw" with { type: "text" };
import jsonTokens from "./browser/json-tokens.js?raw" with { type: "text" };
import keyField from "./browser/key-field.js?raw" with { type: "text" };
import passkeys from "./browser/passkeys.js?raw" with { type: "text" };
import request from "./browser/request.js?raw" with { type: "text" };
import result from "./browser/result.js?raw" with { type: "text" };
import icon from "./browser/sluice.svg?raw" with { type: "text" };
import steps from "./browser/steps.js?raw" with { type: "text" };
import base from "./browser/styles/base.css?raw" with { type: "text" };
import docsStyle from "./browser/styles/docs.css?raw" with { type: "text" };
import failures from "./browser/styles/failures.css?raw" with { type: "text" };
import forms from "./browser/styles/forms.css?raw" with { type: "text" };
import frame from "./browser/styles/frame.css?raw" with { type: "text" };
import headings from "./browser/styles/headings.css?raw" with { type: "text" };
import print from "./browser/styles/print.css?raw" with { type: "text" };
import reading from "./browser/styles/reading.css?raw" with { type: "text" };
import tables from "./browser/styles/tables.css?raw" with { type: "text" };
import tryItStyle from "./browser/styles/try-it.css?raw" with { type: "text" };
import tryIt from "./browser/try-it.js?raw" with { type: "text" };

export const ASSETS = {
  "copy.js": copy,
  "docs.js": docs,
  "element.js": element,
  "fields.js": fields,
  "json-tokens.js": jsonTokens,
  "key-field.js": keyField,
  "passkeys.js": passkeys,
  "request.js": request,
  "result.js": result,
  "steps.js": steps,
  "sluice.css": [base, frame, reading, docsStyle, headings, failures, tables, tryItStyle, forms, print].join("\n"),
  "sluice.svg": icon,
  "try-it.js": tryIt,
} as const;
