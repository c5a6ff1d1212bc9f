/** From the App's key to a deployment on GitHub, with nothing deployed (requirements, A5). */
import { authenticate, type Trial } from './app.ts';
import { readCommit } from './commit.ts';
import { tryDeployment } from './deployment.ts';
import { checkPermissions, findTrialInstallation } from './installation.ts';
import { exchange } from './repository.ts';

interface TrialRequest {
  /** `OWNER/NAME` */
  readonly repository: string;
  /** A branch, a tag or a commit; the default branch when not given. */
  readonly ref?: string | undefined;
  readonly environment: string;
  /** A permission that only a part of Landfall takes is one that is missing, too. */
  readonly allPermissions: boolean;
}

/**
 * Does once the steps of every deployment, with the same tokens and calls, and leaves a deployment on GitHub that is
 * `inactive`. The first step that fails is the last, except that a begun deployment is ended.
 *
 * @throws the failed step's error, after the report
 */
export async function tryApp(trial: Trial, request: TrialRequest): Promise<void> {
  const { repository, ref, environment, allPermissions } = request;
  const app = await authenticate(trial);
  const installation = await findTrialInstallation(trial, app, repository);
  await checkPermissions(trial, { app, installation, all: allPermissions });
  const known = await exchange(trial, installation, repository);
  const commit = await readCommit(trial, known, ref);
  await tryDeployment(trial, { known, commit, environment });
}
