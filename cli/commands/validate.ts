import type { Command } from 'commander';
import { readFile, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { z } from 'zod';
import { outsideWarnings } from '../../contracts/config/outside-warnings.ts';
import type { Mention } from '../../contracts/config/yaml-mentions.ts';
import { ValidateResult } from '../../contracts/http/api.ts';
import { findAccess } from '../access.ts';
import type { YamlProblem } from '../../contracts/config/landfall-yaml.ts';
import { LANDFALL_YAML, readLandfallYaml } from '../../contracts/config/landfall-yaml.ts';
import { CliError, errorText } from '../cli-error.ts';
import { createHttp } from '../client/http.ts';
import type { CommandContext } from '../context.ts';
import { paint, printResult } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { plainText } from '../show/plain.ts';
import { define } from './define.ts';

/** `landfall validate [FILE] [--server]`: checks a landfall.yaml; it calls a server only with `--server`. */
export function validate(program: Command, context: CommandContext): void {
  define(program, 'validate', `check a ${LANDFALL_YAML}, without asking a server`)
    .argument('[file]', 'the file to check', LANDFALL_YAML)
    .option('--server', 'check with the server as well: whether the hosts exist and the ports are free')
    .action(async (file: string, { server }: { server?: true }) => {
      const content = await text(context, file);
      const read = readLandfallYaml(content);
      const asked = read.ok && server === true ? await askServer(context, content) : undefined;
      const problems = read.ok ? (asked?.problems ?? []) : read.problems;
      if (!read.ok || problems.length > 0) {
        context.exitCode = ExitCode.error;
        const lines = problems.map((problem) => line(file, problem));
        printResult(context, { valid: false, problems }, lines.join('\n'));
        return;
      }
      const missingFiles = await missingIn(resolve(context.cwd, dirname(file)), read.mentions);
      const known = asked ? (asked.warnings ?? []) : read.warnings;
      const warnings = [...known, ...outsideWarnings(read.mentions, { missingFiles })];
      const { services, environments } = read.value;
      const counted = `${count(services, 'service')}, ${count(environments, 'environment')}`;
      const lines = [
        `${paint(context, 'stdout', 'green', '✓')} ${file}: ${counted}`,
        ...warnings.map((warning) => `${paint(context, 'stdout', 'yellow', 'warning')} ${line(file, warning)}`),
      ];
      const answer = { valid: true, problems: [], ...(warnings.length > 0 && { warnings }) };
      printResult(context, answer, lines.join('\n'));
    });
}

/** The server reads the same text. It finds the same problems, and those that only it can know. */
async function askServer(context: CommandContext, content: string): Promise<z.output<typeof ValidateResult>> {
  const http = createHttp(await findAccess(context), context.signal);
  return http.postText('/api/validate', content, ValidateResult);
}

/** Looked for where the file lies in the root of a working copy: elsewhere its paths mean nothing. */
async function missingIn(folder: string, mentions: readonly Mention[]): Promise<readonly string[]> {
  if (!(await stat(join(folder, '.git')).catch(() => undefined))) return [];
  const files = mentions.flatMap((one) => (one.kind === 'file' ? [one] : []));
  const found = await Promise.all(
    files.map(async ({ file, isFolder }) => {
      const stats = await stat(join(folder, file)).catch(() => undefined);
      return isFolder ? stats?.isDirectory() : stats?.isFile();
    }),
  );
  return files.flatMap(({ file }, index) => (found[index] === true ? [] : [file]));
}

/** `landfall.yaml:4:12 services.web.run.port: Too big: …`, the form that editors jump to. */
function line(file: string, { line, column, path, message }: YamlProblem): string {
  const subject = path === '' ? '' : `${path}: `;
  return plainText(`${file}:${String(line)}:${String(column)} ${subject}${message}`);
}

const count = (all: object, noun: string): string => {
  const number = Object.keys(all).length;
  return `${String(number)} ${noun}${number === 1 ? '' : 's'}`;
};

async function text(context: CommandContext, file: string): Promise<string> {
  try {
    return await readFile(resolve(context.cwd, file), 'utf8');
  } catch (error) {
    const names = await readdir(resolve(context.cwd, dirname(file))).catch(() => []);
    const other = names.find((name) => /^\.?landfall\.ya?ml$/i.test(name));
    const todo =
      other === undefined
        ? 'Name the file: `landfall validate path/to/landfall.yaml`.'
        : `Rename ${other} to ${LANDFALL_YAML}: Landfall reads no other name.`;
    throw new CliError(`Read ${file}`, errorText(error), todo, { cause: error });
  }
}
