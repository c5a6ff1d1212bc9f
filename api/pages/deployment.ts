import { html } from 'hono/html';
import { shortCommit } from '../../contracts/core/names.ts';
import { logStream } from '../../contracts/deployment/logs.ts';
import type { DeploymentView, StepView } from '../../contracts/http/api.ts';
import type { DeploymentNow } from '../../contracts/http/halts.ts';
import { isDeploymentOutcome, type DeploymentState } from '../../contracts/deployment/states.ts';
import { artefact, changes } from './artefact.ts';
import type { ApprovalState } from '../../contracts/deployment/approval.ts';
import { approvalForm } from './approval.ts';
import { type Html, ago, badge, haltedBadge, pageLink, nothing, plain, linesApart, took } from './format.ts';
import { environmentPath } from './blocks.ts';
import { halts, isHalted, whyForm } from './halts.ts';
import { live, log } from './layout.ts';
import { serviceName } from './service-name.ts';

/** One sentence a person reads first. */
const HEADLINE: Readonly<Record<DeploymentState, string>> = {
  awaiting_approval: 'Waiting for approval',
  queued: 'Waiting for its turn',
  preparing: 'Preparing; nothing has been touched',
  switching: 'Switching to the new version',
  verifying: 'Looking at what really runs',
  rolling_back: 'Going back to what ran before',
  live: 'Live',
  failed: 'Failed; nothing was touched',
  rolled_back: 'Rolled back; what ran before is running again',
  rollback_failed: 'Rollback failed; this needs a person',
  cancelled: 'Cancelled',
  superseded: 'Superseded by a newer commit',
};

interface Now {
  /** True when it runs in its environment now. */
  readonly isCurrent: boolean;
  /** Its own account, while it runs. */
  readonly now: DeploymentNow | undefined;
  /** The gate at which it waits. */
  readonly gate: ApprovalState | undefined;
}

export function deploymentPage(it: DeploymentView, { isCurrent, now, gate }: Now): Html {
  const ended = isDeploymentOutcome(it.state);
  const halted = now !== undefined && isHalted(now);
  return html`
    ${live(
      `/deployments/${it.id}`,
      ended ? null : 2,
      html`
        <p class="crumbs">
          <a href="/">Services</a> / ${serviceName(it)} /
          <a href="${environmentPath(it)}">${it.environment}</a>
        </p>
        <div class="headline">
          <h1>${headline(it, isCurrent, now)}</h1>
          ${halted ? haltedBadge : badge(it.state)} ${ended ? nothing : cancelForm(`/deployments/${it.id}/cancel`)}
          ${it.state === 'live' && !isCurrent ? rollbackForm(it) : nothing}
        </div>
        <p class="lead"><span class="commit">${shortCommit(it.commit)}</span> ${plain(it.subject)}</p>
        ${now ? halts(now) : nothing} ${failureText(it.failure)} ${leftovers(it.leftovers)}
        <div class="columns">
          <section class="card">${facts(it)}</section>
          <section class="card">
            <h2>Steps</h2>
            ${steps(it.steps)}
          </section>
        </div>
      `,
    )}
    ${it.state === 'awaiting_approval' ? approvalForm(it, gate) : nothing} ${now ? whyForm(it.id) : nothing}
    ${log(logStream('deployment', it.id))}
  `;
}

function headline(it: DeploymentView, isCurrent: boolean, now: DeploymentNow | undefined): string {
  if (now && now.failed.length > 0) return 'Halted: a step has failed, and a person has to decide';
  if (now && isHalted(now)) return 'Halted: paused by a person';
  return it.state === 'live' && !isCurrent ? 'Was live; a later deployment has replaced it' : HEADLINE[it.state];
}

export const cancelForm = (action: string): Html => html`
  <form method="post" action="${action}"><button class="danger">Cancel</button></form>
`;

/** Leads to the page that asks whether that is meant. */
const rollbackForm = (it: DeploymentView): Html => html`
  <form method="get" action="${environmentPath(it)}/rollback">
    <input type="hidden" name="to" value="${it.id}" />
    <button class="danger">Roll back to this …</button>
  </form>
`;

/** The error, in the words that it was recorded with. */
export const failureText = (it: { readonly type: string; readonly message: string } | null): Html =>
  it === null
    ? nothing
    : html`<section class="failure" role="alert">
        <strong>${it.type}</strong>
        <p>${linesApart(it.message)}</p>
      </section>`;

const leftovers = (places: readonly string[]): Html =>
  places.length === 0
    ? nothing
    : html`<section class="failure" role="alert">
        <strong>Left over</strong>
        <p>Something may still run on ${plain(places.join(', '))}. Look there.</p>
      </section>`;

const facts = (it: DeploymentView): Html => html`
  <dl>
    <dt>Environment</dt>
    <dd>${serviceName(it)} → ${it.environment}</dd>
    <dt>Answers at</dt>
    <dd>
      ${
        it.urls.length === 0
          ? html`<span class="faint">–</span>`
          : it.urls.map((url) => html`<span class="line">${pageLink(url)}</span>`)
      }
    </dd>
    <dt>Commit</dt>
    <dd class="commit">${it.commit}</dd>
    <dt>Changes</dt>
    <dd>${changes(it.changes)}</dd>
    <dt>Ref</dt>
    <dd>${plain(it.ref)}</dd>
    <dt>Image</dt>
    <dd title="${it.image}">${artefact(it)}</dd>
    <dt>Caused by</dt>
    <dd>${plain(it.actor)}, ${ago(it.createdAt)}</dd>
    <dt>Release</dt>
    <dd><a href="/releases/${it.releaseId}">${it.releaseId}</a></dd>
    ${
      it.healthAttempts === 0
        ? nothing
        : html`<dt>Health attempts</dt>
            <dd>${it.healthAttempts}</dd>`
    }
  </dl>
`;

const MARK: Readonly<Record<StepView['state'], string>> = { running: '…', done: '✓', failed: '✕', skipped: '–' };

const steps = (all: readonly StepView[]): Html =>
  all.length === 0
    ? html`<p class="faint">None has begun.</p>`
    : html`<ol class="steps">
        ${all.map(
          (it) => html`
            <li class="${it.state}">
              <span class="dot" aria-label="${it.state}">${MARK[it.state]}</span>
              <span class="step">${it.step}</span>
              <span class="faint">${it.place}</span>
              <span class="faint time">${took(it.startedAt, it.endedAt)}</span>
              ${it.detail === null ? nothing : html`<p class="detail">${linesApart(it.detail)}</p>`}
            </li>
          `,
        )}
      </ol>`;
