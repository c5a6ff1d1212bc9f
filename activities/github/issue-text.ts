/** The words of a failure issue, and the hidden markers by which it is found again. */
import { shortCommit } from '../../contracts/core/names.ts';
import { environmentId } from '../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import { fenced } from '../../contracts/core/markdown.ts';
import { mask } from '../logs/masker.ts';
import type { FailedDeployment, LandedDeployment } from './github.port.ts';
import { cut } from './text.ts';

/** The end of a log is for the log's page. */
const MAX_MESSAGE = 3_000;

interface FailureIssue {
  readonly title: string;
  readonly body: string;
}

/** Begins the body of every failure issue of the environment; with a cause, that of one. */
export const issueMarker = (key: EnvironmentKey, cause?: string): string =>
  `<!-- landfall:issue ${environmentId(key)} ${cause === undefined ? '' : `${cause} -->\n`}`;

/** Begins a comment, and stands second in the body of the issue that the deployment opened. */
export const deploymentMarker = (deploymentId: string): string => `<!-- landfall:deployment ${deploymentId} -->\n`;

/** @param publicUrl - where people reach Landfall. Without a slash at its end. */
export function failureIssue(failed: FailedDeployment, publicUrl: string): FailureIssue {
  const { key, deploymentId, failure } = failed;
  const name = `${key.project}/${key.service}`;
  return {
    // The same for every deployment, because it names what the issue is about.
    title: isLive(failed)
      ? `${name} crashes again and again in ${key.environment}: ${failure.type}`
      : `${name} cannot be deployed to ${key.environment}: ${failure.type}`,
    body: [
      `${issueMarker(key, failure.type)}${deploymentMarker(deploymentId)}`,
      isLive(failed)
        ? `What is live of **${name}** in **${key.environment}** ends and is started again, over and over.\n`
        : `A deployment of **${name}** to **${key.environment}** has failed.\n`,
      details(failed, publicUrl),
      `${advice(failed, publicUrl)} The next deployment to ${key.environment} that succeeds closes this issue.`,
    ].join('\n'),
  };
}

/** @param publicUrl - where people reach Landfall. Without a slash at its end. */
export const failedAgain = (failed: FailedDeployment, publicUrl: string): string =>
  [
    deploymentMarker(failed.deploymentId),
    isLive(failed) ? 'Another version crashes again and again.\n' : 'It has failed again.\n',
    details(failed, publicUrl),
    advice(failed, publicUrl),
  ].join('\n');

/** @param publicUrl - where people reach Landfall. Without a slash at its end. */
export function landedAgain(landed: LandedDeployment, publicUrl: string): string {
  const { key, deploymentId } = landed;
  const what = `[\`${deploymentId}\`](${publicUrl}${landed.logPath}) has succeeded`;
  return `${deploymentMarker(deploymentId)}\n${what}: ${commitLink(landed)} is live in ${key.environment}, and verified.`;
}

const isLive = ({ outcome }: FailedDeployment): boolean => outcome === 'crash_loop';

function details(failed: FailedDeployment, publicUrl: string): string {
  const { key, deploymentId, commit, digest, logPath, failure } = failed;
  return [
    '| | |',
    '| --- | --- |',
    `| Environment | ${key.environment} |`,
    `| Version | \`${shortCommit(commit)}\` (\`${digest}\`) |`,
    `| Commit | ${commitLink(failed)} |`,
    `| Deployment | [\`${deploymentId}\`](${publicUrl}${logPath}) |`,
    `| Rollback | ${rollback(failed)} |`,
    '',
    fenced(cut(mask(failure.message), MAX_MESSAGE)),
    '',
  ].join('\n');
}

function rollback({ outcome, before }: FailedDeployment): string {
  const which = before === null ? '' : ` (\`${shortCommit(before)}\`)`;
  return {
    failed: `Not needed: nothing was touched, what ran before${which} never stopped`,
    rolled_back: `Done: what ran before${which} is running again`,
    rollback_failed: '**Failed: a person is needed**',
    crash_loop: 'Not by itself: it had been healthy, and is live. **A person has to decide**',
  }[outcome];
}

function advice({ outcome, logPath }: FailedDeployment, publicUrl: string): string {
  const log = `Read the [log](${publicUrl}${logPath})`;
  if (outcome === 'crash_loop') return `${log}, then push a fix or roll back.`;
  return outcome === 'rollback_failed'
    ? `${log}, look at what runs on the hosts, mend it, then deploy again.`
    : `${log}, then push a fix or deploy another version.`;
}

function commitLink({ origin, commit }: LandedDeployment): string {
  return `[\`${shortCommit(commit)}\`](${origin.cloneUrl.replace(/\.git$/, '')}/commit/${commit})`;
}
