/** Words that cannot name a table, a column or a member. */

/** The keywords of SQLite (sqlite.org/lang_keywords.html), which a name in a migration would have to be quoted for. */
const SQL_KEYWORDS =
  "abort action add after all alter always analyze and as asc attach autoincrement before begin between by cascade case cast check collate column commit conflict constraint create cross current current_date current_time current_timestamp database default deferrable deferred delete desc detach distinct do drop each else end escape except exclude exclusive exists explain fail filter first following for foreign from full generated glob group groups having if ignore immediate in index indexed initially inner insert instead intersect into is isnull join key last left like limit match materialized natural no not nothing notnull null nulls of offset on or order others outer over partition plan pragma preceding primary query raise range recursive references regexp reindex release rename replace restrict returning right rollback row rows savepoint select set table temp temporary then ties to transaction trigger unbounded union unique update using vacuum values view virtual when where window with without";

/** Names that the template of the module uses for other things. */
const NAMES_OF_TEMPLATES = "arguments created integer patch remove service text";

/** Names with a meaning in every resource, on the wire or in its table. */
const MEMBERS_OF_RESOURCES =
  "id type links relationships user_id created_at updated_at deleted_at seq version generation changed_at constructor prototype";

const KEYWORDS: ReadonlySet<string> = new Set(SQL_KEYWORDS.split(" "));
const TEMPLATES: ReadonlySet<string> = new Set(NAMES_OF_TEMPLATES.split(" "));
const MEMBERS: ReadonlySet<string> = new Set(MEMBERS_OF_RESOURCES.split(" "));

export function isReservedTable(name: string): boolean {
  return KEYWORDS.has(name) || TEMPLATES.has(name);
}

export function isReservedMember(name: string): boolean {
  return KEYWORDS.has(name) || MEMBERS.has(name);
}
