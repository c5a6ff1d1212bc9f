/** The writer of a log: a host's token may write only for what that host runs, and while it runs. */
import { eq } from 'drizzle-orm';
import { isDeploymentOutcome, isFinalBuild } from '../../contracts/deployment/states.ts';
import { buildQueue } from '../../contracts/core/queues.ts';
import type { Database } from '../open.ts';
import { buildStatus, deploymentStatus } from '../schema.ts';
import { queuesOf, isUnderWay } from './in-progress.ts';

export interface LogSource {
  /** The task queues of the work that it tells of: whoever serves one may write. */
  readonly queues: readonly string[];
  /** `null` while it goes on. */
  readonly endedAt: Date | null;
}

/** @returns `undefined` for a build that no host has claimed, and a deployment that is not known */
export async function findLogSource(
  db: Database,
  kind: 'build' | 'deployment',
  id: string,
): Promise<LogSource | undefined> {
  return kind === 'build' ? sourceOfBuild(db, id) : sourceOfDeployment(db, id);
}

async function sourceOfBuild(db: Database, id: string): Promise<LogSource | undefined> {
  const [build] = await db.select().from(buildStatus).where(eq(buildStatus.buildId, id));
  if (!build || build.host === null) return undefined;
  return { queues: [buildQueue(build.host)], endedAt: isFinalBuild(build.state) ? build.updatedAt : null };
}

async function sourceOfDeployment(db: Database, id: string): Promise<LogSource | undefined> {
  const queues = await queuesOf(db, id);
  if (queues.length === 0) return undefined;
  const [known] = await db.select().from(deploymentStatus).where(eq(deploymentStatus.deploymentId, id));
  if (known) return { queues, endedAt: isDeploymentOutcome(known.state) ? known.updatedAt : null };
  return { queues, endedAt: (await isUnderWay(db, id)) === false ? new Date(0) : null };
}
