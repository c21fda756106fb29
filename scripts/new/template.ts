/** Templates are text with names in double braces: `{{plural}}`. Pure. */

/** @throws RangeError for a name without a value */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new RangeError(`the template has no value for ${name}`);
    return value;
  });
}
