/** The end of the acts, once all of them have been played. */
import type { CommandContext } from '../context.ts';
import { paint, printResult } from '../context.ts';
import { textTable } from '../show/table.ts';
import type { Played } from './play.ts';
import { formatDuration } from '../../contracts/core/duration.ts';
import { shortCommit } from '../../contracts/core/names.ts';

export const showActs = (context: CommandContext, played: readonly Played[]): void =>
  printResult(context, { acts: played }, `\n${closingTable(context, played)}`);

function closingTable(context: CommandContext, played: readonly Played[]): string {
  const bold = (text: string) => paint(context, 'stdout', 'bold', text);
  const head = ['ACT', 'COMMIT', 'OUTCOME', 'REPORTED TO GITHUB', 'VISITORS SEE', 'TOOK'].map(bold);
  const rows = played.map(({ act, commit, outcome, gitHub, answers, seconds }) => {
    const colour = outcome === 'live' ? 'green' : 'yellow';
    return [
      act,
      shortCommit(commit),
      paint(context, 'stdout', colour, outcome),
      gitHub.join(' → '),
      answers,
      formatDuration(seconds * 1_000),
    ];
  });
  return textTable([head, ...rows]);
}
