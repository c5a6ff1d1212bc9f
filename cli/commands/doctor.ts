import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { paint, printResult } from '../context.ts';
import { examine } from '../doctor/examine.ts';
import type { Finding } from '../doctor/finding.ts';
import { ExitCode } from '../exit-codes.ts';
import { plainText } from '../show/plain.ts';
import { textTable } from '../show/table.ts';
import { define } from './define.ts';

/** `landfall doctor`: is everything here that Landfall needs? Exit code 1 when something needed is missing. */
export function doctor(program: Command, context: CommandContext): void {
  define(program, 'doctor', 'check this machine and the Landfall it speaks to')
    .option('--data-dir <folder>', 'the folder of `landfall up`')
    .option('--podman-socket <path>', "Podman's API")
    .action(async (options: { dataDir?: string; podmanSocket?: string }) => {
      const findings = await examine(context, options);
      if (findings.some(({ state }) => state === 'missing')) context.exitCode = ExitCode.error;
      printResult(
        context,
        { ok: context.exitCode === ExitCode.ok, findings },
        textTable(findings.map((finding) => row(context, finding))),
      );
    });
}

const MARK = { ok: ['green', '✓'], optional: ['yellow', '–'], missing: ['red', '✗'] } as const;

function row(context: CommandContext, { name, state, detail, todo }: Finding): string[] {
  const [colour, mark] = MARK[state];
  return [paint(context, 'stdout', colour, mark), name, plainText(todo === undefined ? detail : `${detail}. ${todo}`)];
}
