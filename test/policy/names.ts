/** The names that the product's files export, and where each is declared. */
import ts from 'typescript';

/** A type and a value of one name in one file are one thing, and so are the overloads of a function. */
export interface ExportedName {
  readonly path: string;
  readonly name: string;
  readonly kind: 'type' | 'value';
}

/** The names that a file declares and exports; re-exports are no declarations. */
export function exportedNames(path: string, source: string): ExportedName[] {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest);
  return file.statements.flatMap((statement): ExportedName[] => {
    const exported = ts.canHaveModifiers(statement)
      ? ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
      : false;
    if (exported !== true) return [];
    if (
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement) ||
      ts.isClassDeclaration(statement)
    )
      return statement.name === undefined ? [] : [{ path, name: statement.name.text, kind: 'type' }];
    if (ts.isFunctionDeclaration(statement))
      return statement.name === undefined ? [] : [{ path, name: statement.name.text, kind: 'value' }];
    if (!ts.isVariableStatement(statement)) return [];
    return statement.declarationList.declarations.flatMap(({ name }): ExportedName[] =>
      ts.isIdentifier(name) ? [{ path, name: name.text, kind: 'value' }] : [],
    );
  });
}

/** Names that stand for different things: those that two files or more declare and export, each with its files. */
export function doubles(
  names: readonly ExportedName[],
): Map<string, { readonly paths: string[]; readonly type: boolean }> {
  const found = new Map<string, { readonly paths: string[]; readonly type: boolean }>();
  for (const [name, declared] of Map.groupBy(names, ({ name: of }) => of)) {
    const paths = [...new Set(declared.map(({ path }) => path))].toSorted();
    if (paths.length > 1) found.set(name, { paths, type: declared.some(({ kind }) => kind === 'type') });
  }
  return found;
}
