/** The words of a failure issue, and the hidden markers by which it is found again. */
import { shortCommit } from '../../contracts/core/names.ts';
import { environmentId } from '../../contracts/core/ids.ts';
import { shownAs, type EnvironmentKey } from '../../contracts/core/keys.ts';
import {
  changed,
  code,
  fenced,
  inline,
  joined,
  link,
  ourWords,
  oneLine,
  type Line,
  type Markdown,
} from '../../contracts/core/markdown.ts';
import { mask } from '../logs/masker.ts';
import type { FailedDeployment, RecoveredDeployment } from './github.port.ts';
import { cut } from './text.ts';

/** The end of a log is for the log's page. */
const MAX_MESSAGE = 3_000;

interface FailureIssue {
  readonly title: Line;
  readonly body: Markdown;
}

/** An id as it is; nothing else ends what hides it. */
const hidden = (id: string): string => id.replaceAll(/[^\w./-]/g, '');

/** Begins the body of every failure issue of the environment; with a cause, that of one. */
export const issueMarker = (key: EnvironmentKey, cause?: string): string =>
  `<!-- landfall:issue ${hidden(environmentId(key))} ${cause === undefined ? '' : `${cause} -->\n`}`;

/** Begins a comment, and stands second in the body of the issue that the deployment opened. */
export const deploymentMarker = (deploymentId: string): string =>
  `<!-- landfall:deployment ${hidden(deploymentId)} -->\n`;

/** Begins the comment that the deployment serves again. */
export const recoveryMarker = (deploymentId: string): string => `<!-- landfall:recovery ${hidden(deploymentId)} -->\n`;

/** Hidden, and made of ids alone. */
const marked = (marker: string, text: Markdown): Markdown => changed(text, (all) => `${marker}${all}`);

/** @param publicUrl - Landfall's address for people. Without a slash at its end. */
export function failureIssue(failed: FailedDeployment, publicUrl: string): FailureIssue {
  const { key, deploymentId, failure } = failed;
  const { project, service } = shownAs(failed);
  const name = `${project}/${service}`;
  const what = inline(name);
  const where = inline(key.environment);
  const said = [
    ourWords``,
    {
      crash_loop: ourWords`The live version of **${what}** in **${where}** ends and is started again, over and over.\n`,
      not_serving: ourWords`The live version of **${what}** in **${where}** does not serve.\n`,
      deployment: ourWords`A deployment of **${what}** to **${where}** has failed.\n`,
    }[kindOf(failed)],
    details(failed, publicUrl),
    ourWords`${advice(failed, publicUrl)} The next deployment to ${where} that succeeds closes this issue${failed.outcome === 'not_serving' ? ourWords`, and so does its serving again` : ourWords``}.`,
  ];
  return {
    // The same for every deployment, because it names what the issue is about.
    title: oneLine(
      {
        crash_loop: `${name} crashes again and again in ${key.environment}: ${failure.type}`,
        not_serving: `${name} does not serve in ${key.environment}: ${failure.type}`,
        deployment: `${name} cannot be deployed to ${key.environment}: ${failure.type}`,
      }[kindOf(failed)],
    ),
    body: marked(`${issueMarker(key, failure.type)}${deploymentMarker(deploymentId)}`, joined(said, '\n')),
  };
}

/** @param publicUrl - Landfall's address for people. Without a slash at its end. */
export function failedAgain(failed: FailedDeployment, publicUrl: string): Markdown {
  const said = [
    ourWords``,
    {
      crash_loop: ourWords`Another version crashes again and again.\n`,
      not_serving: ourWords`Another version does not serve.\n`,
      deployment: ourWords`It has failed again.\n`,
    }[kindOf(failed)],
    details(failed, publicUrl),
    advice(failed, publicUrl),
  ];
  return marked(deploymentMarker(failed.deploymentId), joined(said, '\n'));
}

/** @param publicUrl - Landfall's address for people. Without a slash at its end. */
export function landedAgain(landed: RecoveredDeployment, publicUrl: string): Markdown {
  const { key, deploymentId } = landed;
  const what = link(code(deploymentId), `${publicUrl}${landed.logPath}`);
  const said = ourWords`\n${what} has succeeded: ${commitLink(landed)} is live in ${inline(key.environment)}, and verified.`;
  return marked(deploymentMarker(deploymentId), said);
}

/** @param publicUrl - Landfall's address for people. Without a slash at its end. */
export function servesAgain(recovered: RecoveredDeployment, publicUrl: string): Markdown {
  const { key, deploymentId } = recovered;
  const what = link(code(deploymentId), `${publicUrl}${recovered.logPath}`);
  const said = ourWords`\n${what} serves again in ${inline(key.environment)}: ${commitLink(recovered)}. Nothing was deployed meanwhile.`;
  return marked(recoveryMarker(deploymentId), said);
}

const kindOf = ({ outcome }: FailedDeployment) =>
  outcome === 'crash_loop' || outcome === 'not_serving' ? outcome : 'deployment';

function details(failed: FailedDeployment, publicUrl: string): Markdown {
  const { key, deploymentId, commit, digest, logPath, failure } = failed;
  return joined(
    [
      ourWords`| | |`,
      ourWords`| --- | --- |`,
      ourWords`| Environment | ${inline(key.environment)} |`,
      ourWords`| Version | ${code(shortCommit(commit))} (${code(digest)}) |`,
      ourWords`| Commit | ${commitLink(failed)} |`,
      ourWords`| Deployment | ${link(code(deploymentId), `${publicUrl}${logPath}`)} |`,
      ourWords`| Rollback | ${rollback(failed)} |`,
      ourWords``,
      fenced(cut(mask(failure.message), MAX_MESSAGE)),
      ourWords``,
    ],
    '\n',
  );
}

function rollback({ outcome, before }: FailedDeployment): Markdown {
  const which = before === null ? ourWords`` : ourWords` (${code(shortCommit(before))})`;
  return {
    failed: ourWords`Not needed: nothing was touched, what ran before${which} never stopped`,
    rolled_back: ourWords`Done: what ran before${which} is running again`,
    rollback_failed: ourWords`**Failed: a person is needed**`,
    crash_loop: ourWords`Not by itself: it had been healthy, and is live. **A person has to decide**`,
    not_serving: ourWords`Not by itself: it had been healthy, and is live. **A person has to look**`,
  }[outcome];
}

function advice({ outcome, logPath }: FailedDeployment, publicUrl: string): Markdown {
  const log = ourWords`Read the ${link(ourWords`log`, `${publicUrl}${logPath}`)}`;
  if (outcome === 'crash_loop') return ourWords`${log}, then push a fix or roll back.`;
  if (outcome === 'not_serving')
    return ourWords`${log}, look at its host, and start it again, push a fix or roll back.`;
  return outcome === 'rollback_failed'
    ? ourWords`${log}, look at what runs on the hosts, mend it, then deploy again.`
    : ourWords`${log}, then push a fix or deploy another version.`;
}

function commitLink({ origin, commit }: RecoveredDeployment): Markdown {
  return link(code(shortCommit(commit)), `${origin.cloneUrl.replace(/\.git$/, '')}/commit/${commit}`);
}
