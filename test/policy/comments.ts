/** The comments and the texts of a source file, as TypeScript's own parser finds them. */
import { basename } from 'node:path';
import ts from 'typescript';

/** A comment or a text, and the line that it begins on. Lines of `//` below one another are one comment. */
export interface Sentence {
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

const parse = (path: string, source: string): ts.SourceFile =>
  ts.createSourceFile(basename(path), source, ts.ScriptTarget.Latest, false, scriptKind(path));

function scriptKind(path: string): ts.ScriptKind {
  return path.endsWith('.ts') ? ts.ScriptKind.TS : ts.ScriptKind.JS;
}

/** Every comment of a file, without its signs, in the order of the file. */
export function commentsOf(path: string, source: string): Sentence[] {
  const file = parse(path, source);
  const blocks: { line: number; last: number; text: string; slashes: boolean }[] = [];
  for (const { pos, end, kind } of commentRanges(file)) {
    const line = file.getLineAndCharacterOfPosition(pos).line + 1;
    const last = file.getLineAndCharacterOfPosition(end).line + 1;
    const slashes = kind === ts.SyntaxKind.SingleLineCommentTrivia;
    const text = withoutSigns(source.slice(pos, end));
    const before = blocks.at(-1);
    const alone = source.slice(source.lastIndexOf('\n', pos) + 1, pos).trim() === '';
    if (slashes && alone && before?.slashes === true && before.last === line - 1) {
      before.text += ` ${text}`;
      before.last = last;
    } else blocks.push({ line, last, text, slashes });
  }
  return blocks.map(({ line, text }) => ({ path, line, text }));
}

function commentRanges(file: ts.SourceFile): ts.CommentRange[] {
  const found = new Map<number, ts.CommentRange>();
  const add = (ranges: readonly ts.CommentRange[] | undefined): void => {
    for (const range of ranges ?? []) found.set(range.pos, range);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isToken(node)) {
      add(ts.getLeadingCommentRanges(file.text, node.pos));
      add(ts.getTrailingCommentRanges(file.text, node.end));
    }
    for (const child of node.getChildren(file)) visit(child);
  };
  visit(file);
  return [...found.values()].toSorted((a, b) => a.pos - b.pos);
}

function withoutSigns(comment: string): string {
  return comment
    .replace(/^\/\/+|^\/\*+|\*+\/$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\*+(?=\s|$)/, '').trim())
    .join(' ')
    .trim();
}

/** Every text of a file that reads like a sentence: three words or more. What stands in `${…}` is one word. */
export function textsOf(path: string, source: string): Sentence[] {
  const file = parse(path, source);
  const found: Sentence[] = [];
  const add = (node: ts.Node, text: string): void => {
    const line = file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
    if (/^[^\s]+ [^\s]+ [^\s]+/.test(text.trim())) found.push({ path, line, text: text.trim() });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) add(node, node.text);
    else if (ts.isTemplateExpression(node))
      add(node, [node.head.text, ...node.templateSpans.map(({ literal }) => `…${literal.text}`)].join(''));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
