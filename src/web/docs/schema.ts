/** Renders a schema: the type and constraints of a value, and the members of an object as a table. */
import { html } from "hono/html";
import { type Markup, prose } from "../markup.ts";
import { referredName, type Schema } from "../openapi.ts";

/** Renders the type. References become links. */
export function typeOf(schema: Schema): Markup {
  if (schema.$ref !== undefined) return schemaLink(referredName(schema.$ref));
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives !== undefined) return joined(alternatives.map(typeOf), " or ");
  if (schema.allOf !== undefined) return joined(schema.allOf.map(typeOf), " and ");
  if (schema.items !== undefined) return html`array of ${typeOf(schema.items)}`;
  const { type } = schema;
  if (type === undefined)
    return html`${schema.const === undefined && schema.enum === undefined ? "any value" : "constant"}`;
  return html`${typeof type === "string" ? type : type.join(" or ")}`;
}

function joined(parts: readonly Markup[], separator: string): Markup {
  return html`${parts.map((part, index) => (index === 0 ? part : html`${separator}${part}`))}`;
}

function schemaLink(name: string): Markup {
  return html`<a href="#schema-${name}">${name}</a>`;
}

/** Lists the constraints of a value, each in a few words. The constraints of array items begin with "each". */
export function constraintsOf(schema: Schema): Markup[] {
  const words: Markup[] = [];
  const { enum: values, pattern, format, items } = schema;
  if (schema.const !== undefined) words.push(html`always <code>${JSON.stringify(schema.const)}</code>`);
  if (values !== undefined) {
    words.push(
      html`${values.length === 1 ? "always" : "one of"} ${values.map((value, index) => html`${index === 0 ? "" : ", "}<code>${String(value)}</code>`)}`,
    );
  }
  if (format !== undefined && !["int32", "int64", "double"].includes(format)) words.push(html`${format}`);
  const value = range(schema.minimum, schema.maximum);
  if (value !== undefined) words.push(html`${value}`);
  const length = range(schema.minLength, schema.maxLength);
  if (length !== undefined) words.push(html`${length} characters`);
  const count = range(schema.minItems, schema.maxItems);
  if (count !== undefined) words.push(html`${count} items`);
  if (pattern !== undefined) words.push(html`matches <code class="pattern">${pattern}</code>`);
  if (schema.default !== undefined) words.push(html`default <code>${JSON.stringify(schema.default)}</code>`);
  if (items !== undefined && items.$ref === undefined) {
    words.push(...constraintsOf(items).map((words) => html`each ${words}`));
  }
  return words;
}

function range(least: number | undefined, most: number | undefined): string | undefined {
  const [low, high] = [least, most].map((bound) => bound?.toLocaleString("en-US"));
  if (low !== undefined && high !== undefined) return low === high ? `exactly ${low}` : `${low} to ${high}`;
  if (low !== undefined) return `at least ${low}`;
  return high === undefined ? undefined : `at most ${high}`;
}

/** Renders type and constraints for one table cell. */
export function typeCell(schema: Schema): Markup {
  const constraints = constraintsOf(schema);
  return html`<span class="type">${typeOf(schema)}</span>${
    constraints.length === 0
      ? ""
      : html`<ul class="constraints">${constraints.map((words) => html`<li>${words}</li>`)}</ul>`
  }`;
}

interface Member {
  readonly path: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** Lists the members of an object. Members of nested objects have a path as their name. */
function membersOf(schema: Schema, prefix = ""): Member[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const path = `${prefix}${name}`;
    const inner = member.properties === undefined ? (member.items ?? {}) : member;
    const suffix = member.properties === undefined ? "[]." : ".";
    return [
      { path, schema: member, required: schema.required?.includes(name) ?? false },
      ...membersOf(inner, `${path}${suffix}`),
    ];
  });
}

/** Renders the description of a schema, and its members or its type. */
export function schemaBody(name: string, schema: Schema): Markup {
  const members = membersOf(schema);
  return html`${schema.description === undefined ? "" : html`<p>${prose(schema.description)}</p>`}${
    members.length === 0
      ? html`<div>${typeCell(schema)}</div>`
      : html`<table class="grid" role="table"><caption class="unseen">Members of ${name}</caption>
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Member</th><th role="columnheader" scope="col">Type</th><th role="columnheader" scope="col">Description</th></tr></thead>
<tbody role="rowgroup">${members.map(memberRow)}</tbody></table>`
  }`;
}

function memberRow({ path, schema, required }: Member): Markup {
  return html`<tr role="row"><th role="rowheader" scope="row"><code>${path}</code>${requiredMark(required)}</th>
<td role="cell">${typeCell(schema)}</td><td role="cell">${prose(schema.description ?? "")}</td></tr>`;
}

export function requiredMark(required: boolean): Markup {
  return required ? html` <span class="required">required</span>` : html``;
}
