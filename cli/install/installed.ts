/** What is installed as a service, and how a file of it is replaced. */
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import { Secret } from '../../contracts/core/secret.ts';
import { CliError, codeOf } from '../cli-error.ts';
import { CREDENTIALS, type CredentialName, type UnitSettings } from './credentials.ts';
import type { Places } from './machine.ts';
import { isOurUnit } from './unit-words.ts';

export interface Installed extends UnitSettings {
  /** The unit's text. */
  readonly unit: string | undefined;
}

/** @throws CliError when the unit's name is taken by a unit that a person wrote, which stays as it is */
export function readInstalled(places: Places): Installed {
  const unit = readUnit(places.unit);
  const secrets = CREDENTIALS.flatMap(({ name }): [CredentialName, Secret][] => {
    const text = textOf(join(places.credentials, name));
    return text === undefined ? [] : [[name, new Secret(text)]];
  });
  const plain = parseEnv(textOf(places.environment) ?? '') as Record<string, string>;
  return { unit, plain, secrets: new Map(secrets) };
}

/** @throws CliError when a person wrote the unit of this name */
export function readUnit(file: string): string | undefined {
  const unit = textOf(file);
  if (unit === undefined || isOurUnit(unit)) return unit;
  throw new CliError(
    `Use ${file}`,
    'it is there, and `landfall install` did not write it',
    `If it is yours, move what you need of it to a file for --env-file, then \`mv ${file} ${file}.before\`.`,
  );
}

export function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (codeOf(error) !== 'EACCES') throw error;
    throw new CliError(`Read ${file}`, 'this account may not', 'Run the command as root.', { cause: error });
  }
}

export interface WantedFile {
  readonly path: string;
  readonly text: string;
  /** Permissions of the file and, as far as it is made, of its folder. */
  readonly mode: number;
  readonly folderMode: number;
}

export const isUnchanged = ({ path, text }: WantedFile): boolean => textOf(path) === text;

/** In one step: a power cut leaves the one before, or this one. Permissions are mended in any case. */
export function writeWanted(file: WantedFile): void {
  const { path, text, mode, folderMode } = file;
  mkdirSync(dirname(path), { recursive: true, mode: folderMode });
  if (!isUnchanged(file)) {
    const draft = `${path}.new`;
    writeFileSync(draft, text, { mode });
    renameSync(draft, path);
  }
  chmodSync(path, mode);
}
