/** What every look at something that GitHub told about begins with. */
import { failureOf } from '../../contracts/failures.ts';
import { readProtection } from './configuration.ts';
import { skip, type DeliveryDeps, type Look } from './look.ts';
import { openGitHub, type Reader } from './reader.ts';

interface Told {
  readonly repositoryId: number;
  readonly repository: string;
  /** A webhook of a single repository names none. */
  readonly installationId: number | null;
}

/** The repository, through the installation that the event names or that was used last; or why it cannot be read. */
export async function openTold(
  { catalogue, source }: DeliveryDeps,
  { repositoryId, repository, ...told }: Told,
  signal: AbortSignal,
): Promise<Reader | Look> {
  const installationId = told.installationId ?? (await catalogue.installationOf(repositoryId));
  if (installationId === undefined) {
    return skip(`${repository} is not known, and the event names no installation: install the GitHub App for it`);
  }
  return openGitHub(source.gitHub, { kind: 'github', repositoryId, repository, installationId, cloneUrl: '' }, signal);
}

/** That the default branch's file is broken was said on the commit that broke it: no news about another one. */
export async function protectionOf(reader: Reader): ReturnType<typeof readProtection> {
  try {
    return await readProtection(reader);
  } catch (error) {
    const known = failureOf(error);
    if (known?.type !== 'InvalidConfiguration') throw error;
    return { missing: known.message };
  }
}
