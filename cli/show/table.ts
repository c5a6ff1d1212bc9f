import { stripVTControlCharacters } from 'node:util';

const width = (text: string): number => stripVTControlCharacters(text).length;

/** Columns as wide as their widest cell, two spaces apart, no trailing white space. Cells may hold colours. */
export function textTable(rows: readonly (readonly string[])[], indent = ''): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, width(cell))));
  return rows
    .map((row) => {
      const cells = row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)));
      return `${indent}${cells.join('  ')}`.trimEnd();
    })
    .join('\n');
}
