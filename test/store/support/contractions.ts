/** The statements of a migration that a version which does not know it may stumble over. */

/** Statements that leave every query and every row of the version before as they were. */
const EXPANDS: readonly ((statement: string, created: ReadonlySet<string>) => boolean)[] = [
  (statement) => /^CREATE TABLE "/i.test(statement),
  (statement) => /^CREATE INDEX "/i.test(statement),
  (statement, created) => {
    const [, table = ''] = /^CREATE UNIQUE INDEX "[^"]+" ON "([^"]+)"/i.exec(statement) ?? [];
    return created.has(table);
  },
  (statement) =>
    /^ALTER TABLE "[^"]+" ADD COLUMN "[^"]+" (?!.*\b(?:UNIQUE|PRIMARY|CHECK|REFERENCES)\b)/is.test(statement) &&
    (!/\bNOT NULL\b/i.test(statement) || /\bDEFAULT\b/i.test(statement)),
  (statement, created) => {
    const [, table = ''] = /^ALTER TABLE "([^"]+)" ADD CONSTRAINT /i.exec(statement) ?? [];
    if (!created.has(table)) return false;
    // A row of the table before that is pointed at could not be removed any more.
    return !/\bREFERENCES\b/i.test(statement) || /\bON DELETE (?:cascade|set null)\b/i.test(statement);
  },
];

/** @param sql - as drizzle-kit writes it. What is not known to expand counts as more than that */
export function contractions(sql: string): readonly string[] {
  const statements = statementsOf(sql);
  const created = new Set(
    statements.flatMap((statement) => /^CREATE TABLE "([^"]+)"/i.exec(statement)?.slice(1, 2) ?? []),
  );
  return statements.filter((statement) => !EXPANDS.some((expands) => expands(statement, created)));
}

/** A semicolon in a quoted text ends no statement. Quotes of other kinds ($$) are cut apart, and no part is known then. */
function statementsOf(sql: string): readonly string[] {
  const bare = sql.replaceAll(/^\s*--.*$/gm, '').replaceAll(/--> statement-breakpoint/g, '');
  if (bare.includes('$$')) return [bare.trim()];
  const parts = bare.match(/(?:'(?:[^']|'')*'|[^;'])+/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}
