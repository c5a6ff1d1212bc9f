/** Variables, secrets, and what a change of them leads to, as people read them. */
import type { VariablesChanged, VariablesView } from '../../contracts/http/api.ts';
import type { VariableKind } from '../../contracts/config/variables.ts';
import { firstPart } from '../../contracts/core/text.ts';
import type { CommandContext } from '../context.ts';
import { paint, printResult } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { plainText } from './plain.ts';
import { textTable } from './table.ts';
import { timeAgo } from './time.ts';

/** A table of one kind: `NAME  value  revision 4  3 min ago  ada`. */
export function variableTable(context: CommandContext, { variables }: VariablesView, kind: VariableKind): string {
  const rows = variables
    .filter((one) => one.kind === kind)
    .map(({ name, value, revision, changedAt, changedBy }) => [
      paint(context, 'stdout', 'bold', plainText(name)),
      ...(kind === 'variable' ? [shortened(plainText(value ?? ''))] : []),
      `revision ${String(revision)}`,
      timeAgo(changedAt),
      plainText(changedBy),
    ]);
  return rows.length === 0 ? `No ${kind}s are set.` : textTable(rows);
}

/** Prints the changes and when they take effect. If the deployment could not be requested, the command ends with 1. */
export function showChange(context: CommandContext, change: VariablesChanged, verb: 'set' | 'unset'): void {
  const { revision, changed, deployment } = change;
  if (deployment.state === 'failed') context.exitCode = ExitCode.error;
  const names = changed.map(plainText).join(', ');
  const said = changed.length === 0 ? '' : `${names} ${verb}, revision ${String(revision)}. `;
  printResult(context, change, `${said}${plainText(deployment.detail)}`);
}

const WIDEST = 60;
const shortened = (text: string): string => (text.length <= WIDEST ? text : `${firstPart(text, WIDEST - 1)}…`);
