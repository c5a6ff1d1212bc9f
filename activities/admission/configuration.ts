/** Reads `landfall.yaml` where each half of it counts: services at the commit, environments on the default branch. */
import { failure } from '../../contracts/core/failures.ts';
import { LANDFALL_YAML, type YamlProblem, type ReadResult } from '../../contracts/config/landfall-yaml.ts';
import type { LandfallYaml } from '../../contracts/config/landfall-schema.ts';
import type { Mention } from '../../contracts/config/yaml-mentions.ts';
import { shortCommit } from '../../contracts/core/names.ts';
import type { RepositoryReader } from './repository.ts';

export interface Configuration {
  readonly services: LandfallYaml['services'];
  /** The default branch's file, from which environments come. */
  readonly protection: LandfallYaml;
  /** Warnings about the commit's file. */
  readonly warnings: readonly YamlProblem[];
  readonly mentions: readonly Mention[];
}

/** The most problems that an error message lists. */
const MAX_PROBLEMS = 10;

/**
 * @param protection - the default branch's file; `undefined` when the commit is that branch's head, and has it itself
 * @returns in words what is missing, when there is no such file
 * @throws `InvalidConfiguration` with line and column of what is wrong
 */
export async function readConfiguration(
  reader: RepositoryReader,
  commit: string,
  protection: LandfallYaml | undefined,
): Promise<Configuration | { readonly missing: string }> {
  const called = shortCommit(commit);
  const file = await readFile(reader, commit, called);
  if (!file) return { missing: `${called} has no ${LANDFALL_YAML}${await misnamed(reader, commit)}` };
  const { value, warnings, mentions } = file;
  return { services: value.services, protection: protection ?? value, warnings, mentions };
}

/**
 * The default branch's file alone: enough to see whether an environment follows a branch.
 * @throws like {@link readConfiguration}
 */
export async function readProtection(
  reader: RepositoryReader,
): Promise<{ readonly file: LandfallYaml } | { readonly missing: string }> {
  const file = await readFile(reader, reader.defaultBranch, `the default branch ${reader.defaultBranch}`);
  if (file) return { file: file.value };
  const other = await misnamed(reader, reader.defaultBranch);
  return {
    missing: `the default branch ${reader.defaultBranch} has no ${LANDFALL_YAML}, which says what goes where${other}`,
  };
}

/** Wrong spellings of its name. They are looked up only when no file has the right name. */
const WRONG_NAMES = ['landfall.yml', '.landfall.yaml', '.landfall.yml', 'Landfall.yaml'];

/** The rest of a sentence that begins with the missing file. */
export async function misnamed(reader: RepositoryReader, ref: string): Promise<string> {
  const found = await Promise.all(
    WRONG_NAMES.map(async (name) => ((await reader.file(ref, name)) === undefined ? [] : [name])),
  );
  const [name] = found.flat();
  return name === undefined ? '' : `, but ${name}: rename it to ${LANDFALL_YAML}`;
}

async function readFile(
  reader: RepositoryReader,
  ref: string,
  called: string,
): Promise<Extract<ReadResult, { ok: true }> | undefined> {
  const text = await reader.file(ref, LANDFALL_YAML);
  if (text === undefined) return undefined;
  const read = await reader.readYaml(text);
  if (read.ok) return read;
  const listed = read.problems
    .slice(0, MAX_PROBLEMS)
    .map(({ line, column, path, message }) => `${LANDFALL_YAML}:${line}:${column}: ${path && `${path}: `}${message}`);
  const more = read.problems.length - listed.length;
  throw failure(
    'InvalidConfiguration',
    `${LANDFALL_YAML} at ${called} cannot be used:\n${listed.join('\n')}${more > 0 ? `\nand ${more} more` : ''}`,
  );
}
