/** Text that means something to GitHub, and what GitHub would make of Markdown with it. */
import fc from 'fast-check';

/** Texts that people have tried, and anything else. */
export const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '```',
        '\n```\n',
        '````text\n',
        '~~~',
        '`',
        '@acme/everyone',
        '[sign in](https://evil.test)',
        '![p](https://evil.test/p.png)',
        '<img src=x>',
        '<!-- landfall:reply x -->',
        '\n\n',
        '\r',
        '|',
        '\ud800',
        '\udc00',
        '\u0000',
        '\u001b[2K',
        '\u202e',
        '# ',
        'www.evil.test',
      ),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

/** The text outside of code, by CommonMark's rules: fences of three backticks or more, code in one line. */
export function outsideOfCode(markdown: string): string {
  const lines: string[] = [];
  let fence: string | undefined;
  for (const line of markdown.split('\n')) {
    const mark = /^ {0,3}(`{3,})/.exec(line)?.[1];
    if (fence === undefined && mark !== undefined) fence = mark;
    else if (fence !== undefined && mark !== undefined && mark.length >= fence.length && line.trim() === mark) {
      fence = undefined;
    } else if (fence === undefined) lines.push(line.replaceAll(/`[^`]*`/g, ''));
  }
  return lines.join('\n');
}
