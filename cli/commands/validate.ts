import type { Command } from 'commander';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Problem } from '../../contracts/config/landfall-yaml.ts';
import { LANDFALL_YAML, readLandfallYaml } from '../../contracts/config/landfall-yaml.ts';
import { CliError, reasonOf } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { paint, result } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { plain } from '../show/plain.ts';
import { define } from './define.ts';

/** `landfall validate [FILE]`: checks a landfall.yaml without asking any server. */
export function validate(program: Command, context: Context): void {
  define(program, 'validate', `check a ${LANDFALL_YAML}, without asking a server`)
    .argument('[file]', 'the file to check', LANDFALL_YAML)
    .action(async (file: string) => {
      const read = readLandfallYaml(await text(context, file));
      if (read.ok) {
        const { services, environments } = read.value;
        const counted = `${count(services, 'service')}, ${count(environments, 'environment')}`;
        result(context, { valid: true, problems: [] }, `${paint(context, 'stdout', 'green', '✓')} ${file}: ${counted}`);
        return;
      }
      context.exitCode = ExitCode.error;
      result(
        context,
        { valid: false, problems: read.problems },
        read.problems.map((problem) => line(file, problem)).join('\n'),
      );
    });
}

/** `landfall.yaml:4:12 services.web.run.port: Too big: …`, the form that editors jump to. */
function line(file: string, { line, column, path, message }: Problem): string {
  const subject = path === '' ? '' : `${path}: `;
  return plain(`${file}:${String(line)}:${String(column)} ${subject}${message}`);
}

const count = (all: object, noun: string): string => {
  const number = Object.keys(all).length;
  return `${String(number)} ${noun}${number === 1 ? '' : 's'}`;
};

async function text(context: Context, file: string): Promise<string> {
  try {
    return await readFile(resolve(context.cwd, file), 'utf8');
  } catch (error) {
    const names = await readdir(resolve(context.cwd, dirname(file))).catch(() => []);
    const other = names.find((name) => /^\.?landfall\.ya?ml$/i.test(name));
    const todo =
      other === undefined
        ? 'Name the file: `landfall validate path/to/landfall.yaml`.'
        : `Rename ${other} to ${LANDFALL_YAML}: Landfall reads no other name.`;
    throw new CliError(`Read ${file}`, reasonOf(error), todo, { cause: error });
  }
}
