/** Pages that ask whether it is meant, before something changes that matters: what runs, and what would run. */
import { html } from 'hono/html';
import { shortCommit } from '../../contracts/core/names.ts';
import { environmentId } from '../../contracts/core/ids.ts';
import type { EnvironmentNow, EnvironmentStatus, RollbackTarget } from '../../contracts/http/people.ts';
import { presentName } from '../../contracts/http/present-name.ts';
import type { PromotionSource } from '../../store/queries/promotion-source.ts';
import { artefact } from './artefact.ts';
import { environmentPath, moment } from './blocks.ts';
import { type Html, nothing, plain } from './format.ts';

/** Asks about a rollback to this version. */
export const rollbackPage = (it: EnvironmentStatus, target: RollbackTarget): Html =>
  confirmPage(it, {
    question: html`Roll ${it.environment} back to <span class="commit">${shortCommit(target.commit)}</span>?`,
    then: html`<a class="commit" href="/deployments/${target.deploymentId}">${shortCommit(target.commit)}</a>
      ${plain(target.subject)} <span class="line faint">by ${plain(target.actor)}, ${moment(target.at)}</span>`,
    note: 'It is a deployment of its own. Automatic ones stay out from then on, until a person deploys or resumes.',
    form: html`<form method="post" action="${environmentPath(it)}/rollback">
      <input type="hidden" name="to" value="${target.deploymentId}" />
      <button class="danger">Roll ${it.environment} back to ${shortCommit(target.commit)}</button>
    </form>`,
  });

/** Asks about a promotion of this version. */
export const promotePage = (it: EnvironmentStatus, source: PromotionSource): Html =>
  confirmPage(it, {
    question: html`Promote <span class="commit">${shortCommit(source.commit)}</span> to ${it.environment}?`,
    then: html`<span class="commit">${shortCommit(source.commit)}</span>
      <span class="faint">the image that is live in ${source.environment}</span>`,
    note: 'It is a deployment of its own, of the same image.',
    form: html`<form method="post" action="${environmentPath(it)}/promote">
      <button class="primary">Promote ${shortCommit(source.commit)} to ${it.environment}</button>
    </form>`,
  });

/** Asks about the end of an environment, whose name has to be typed. */
export const destroyPage = (it: EnvironmentStatus): Html => {
  const name = environmentId({ ...presentName(it), environment: it.environment });
  return confirmPage(it, {
    question: html`Destroy ${it.environment}?`,
    then: html`<span class="faint">nothing</span>`,
    note: `Its containers, route, images, variables and secrets go, on every host, and so does its environment on GitHub. What runs is cancelled, and what waits ends. It cannot be undone; the history stays. ${
      it.removedAt === undefined ? 'It is in landfall.yaml: the next push makes it again, empty.' : ''
    }`,
    form: html`<form method="post" action="${environmentPath(it)}/destroy">
      <label for="destroy-confirm">Its name, <code>${name}</code></label>
      <input id="destroy-confirm" name="confirm" required maxlength="200" autocomplete="off" />
      <button class="danger">Destroy ${it.environment}</button>
    </form>`,
  });
};

/** Asks about taking another person's lock away. */
export const unlockPage = (it: EnvironmentStatus, lock: NonNullable<EnvironmentNow['lock']>): Html =>
  confirmPage(it, {
    question: html`Unlock ${it.environment} by force?`,
    then: html`<span class="faint">what waits for the lock begins at once</span>`,
    note: `${lock.owner.name} has locked it${lock.expiresAt === null ? '' : ` until ${moment(lock.expiresAt)}`}: ${lock.reason}`,
    form: html`<form method="post" action="${environmentPath(it)}/unlock">
      <input type="hidden" name="force" value="true" />
      <button class="danger">Unlock by force</button>
    </form>`,
  });

interface Question {
  readonly question: Html;
  /** The version that would run. */
  readonly then: Html;
  readonly note: string;
  readonly form: Html;
}

const confirmPage = (it: EnvironmentStatus, { question, then, note, form }: Question): Html => html`
  <div id="live">
    <p class="crumbs">
      <a href="/">Services</a> / ${it.project} / ${it.service} /
      <a href="${environmentPath(it)}">${it.environment}</a>
    </p>
    <section class="card ask confirm">
      <h1>${question}</h1>
      <dl>
        <dt>Environment</dt>
        <dd>${it.project} / ${it.service} → ${it.environment}</dd>
        <dt>Live now</dt>
        <dd>${it.live === null ? html`<span class="faint">nothing</span>` : version(it.live)}</dd>
        <dt>Then</dt>
        <dd>${then}</dd>
      </dl>
      ${note === '' ? nothing : html`<p class="faint">${note}</p>`}
      <div class="buttons">${form} <a href="${environmentPath(it)}">Leave it as it is</a></div>
    </section>
  </div>
`;

const version = (it: NonNullable<EnvironmentStatus['live']>): Html =>
  html`<a class="commit" href="/deployments/${it.deploymentId}">${shortCommit(it.commit)}</a>
    <span class="faint">${artefact(it)}</span>`;
