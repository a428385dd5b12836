/**
 * Puts the plugin's schema into a statement: `@schema` becomes its quoted name. The name has passed the pattern of the
 * configuration; quoting it besides lets it be a reserved word.
 */
export function inSchema(schema: string, sql: string): string {
  return sql.replaceAll("@schema", `"${schema.replaceAll('"', '""')}"`);
}
