/** `[skip deploy]` in a commit's message. GitHub's own marker is `[skip ci]`; ours stops the deployment only. Pure. */

const MARKER = /\[(?:skip deploy|deploy skip)\]/i;
const ALONE = /^(?:\[(?:skip deploy|deploy skip)\][ \t]*)+$/i;
/** `Revert "…"` and `Reapply "…"` repeat another commit's subject, cut off where it is long. */
const REPEATED = /^(?:revert|reapply)\b/i;
const FENCE = /^(?:```|~~~)/;
const RULE = /^-{3,}\s*$/;

/**
 * True when the commit itself wants no deployment: in its subject, or in a line of its own. Text repeated from other
 * commits (a revert's subject, the list that a squash makes of them, quotations) does not count.
 */
export function asksToSkip(message: string): boolean {
  const [subject = '', ...body] = message.trim().split(/\r?\n/);
  if (MARKER.test(ownWords(subject))) return true;
  return ownLines(body).some((line) => ALONE.test(line));
}

function ownWords(subject: string): string {
  const quoted = REPEATED.test(subject) ? subject.indexOf('"') : -1;
  if (quoted < 0) return subject;
  const end = subject.lastIndexOf('"');
  return end === quoted ? subject.slice(0, quoted) : subject.slice(0, quoted) + subject.slice(end + 1);
}

/** A squash lists the messages that it takes the place of; below a rule it speaks for itself again. */
function ownLines(body: readonly string[]): readonly string[] {
  const rule = body.findLastIndex((line) => RULE.test(line));
  const lines = isSquash(body) ? (rule < 0 ? [] : body.slice(rule + 1)) : body;
  let inFence = false;
  return lines.filter((line) => {
    if (FENCE.test(line)) inFence = !inFence;
    return !inFence;
  });
}

/** `* subject` of each commit, with an empty line between them. A person's list has its points together. */
function isSquash(body: readonly string[]): boolean {
  const points = body.flatMap((line, index) => (line.startsWith('* ') ? [index] : []));
  return points.length > 1 && points.every((index) => (body[index - 1] ?? '').trim() === '');
}
