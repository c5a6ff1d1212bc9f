import { stripVTControlCharacters } from 'node:util';
import { firstPart } from '../../contracts/core/text.ts';

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

/** True when no line is wider than a terminal with that many columns. */
export const isWithin = (text: string, columns: number): boolean =>
  text.split('\n').every((line) => width(line) <= columns);

/** A line without colours, as much of it as fits. */
export const fitLine = (line: string, columns: number): string =>
  line.length <= columns ? line : `${firstPart(line, Math.max(1, columns - 1))}…`;
