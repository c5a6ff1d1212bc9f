/** Makes what a part's unit is started from: accounts, folders, a database, a password. Safe to repeat. */
import { chmodSync, existsSync, lchownSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from '../../infra/dev/accounts.ts';
import { CliError, errorText } from '../cli-error.ts';
import { ensureRegistryLogin } from '../up/registry-login.ts';
import { isUnchanged, textOf, writeWanted, type WantedFile } from './installed.ts';
import type { SystemdMachine } from './machine.ts';
import { REGISTRY_PASSWORDS, type UnitPart } from './parts.ts';

export interface Preparing {
  readonly credentialsDir: string;
  readonly postgresBin: string | undefined;
  /** The part runs: its folders are ready, and are its own. */
  readonly isActive: boolean;
}

/**
 * @returns true when something that the part has read at its start is another now
 * @throws CliError when the account, the folders or the database cannot be made
 */
export async function preparePart(
  machine: Pick<SystemdMachine, 'ensureAccount' | 'makeDatabase'>,
  part: UnitPart,
  { credentialsDir, postgresBin, isActive }: Preparing,
): Promise<boolean> {
  try {
    const account = machine.ensureAccount(...part.account);
    if (part.part === 'database') {
      await machine.makeDatabase(part.folder, { bin: postgresBin, isRunning: isActive });
    } else {
      makeFolders(part, account);
    }
    if (part.part === 'proxy') makeServicesFile(join(part.folder, 'landfall.cfg'));
    const files = [...part.files, ...(part.part === 'registry' ? [await passwords(part, credentialsDir)] : [])];
    const isChanged = files.some((file) => !isUnchanged(file));
    files.forEach(writeWanted);
    return isChanged;
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(
      `Make ${part.unit} ready`,
      errorText(error),
      'Mend that, and run the command again: what is done stays, the rest follows.',
      { cause: error },
    );
  }
}

const READ_BY_ALL = 0o755;

function makeFolders({ folder, owns }: UnitPart, account: Account): void {
  mkdirSync(folder, { recursive: true });
  // The unit sees no other part of the data folder, which stays closed to all accounts but root.
  if (owns !== folder) chmodSync(folder, READ_BY_ALL);
  if (owns === undefined) return;
  mkdirSync(owns, { recursive: true });
  // Only what another account had before; whatever the account itself has put there is left alone.
  if (lstatSync(owns).uid !== account.uid) giveTree(owns, account);
}

/** Follows no link. */
function giveTree(path: string, account: Account): void {
  if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) giveTree(join(path, name), account);
  lchownSync(path, account.uid, account.gid);
}

/** HAProxy does not start without the file, which is Landfall's to fill. */
function makeServicesFile(file: string): void {
  if (!existsSync(file)) writeFileSync(file, '', { mode: 0o600 });
}

/** The hashes that the registry checks passwords by; Landfall has the password in a file beside it. */
async function passwords({ dataDir, environment }: UnitPart, credentialsDir: string): Promise<WantedFile> {
  const path = join(credentialsDir, REGISTRY_PASSWORDS);
  const text = await ensureRegistryLogin(
    registryLoginFile(dataDir),
    environment['LANDFALL_REGISTRY'] ?? '',
    textOf(path),
  );
  return { path, text, mode: 0o600, folderMode: 0o700 };
}

export const registryLoginFile = (dataDir: string): string => join(dataDir, 'registry-auth.json');
