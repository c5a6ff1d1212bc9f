import { html } from 'hono/html';
import { shortCommit, shortDigest } from '../../contracts/core/names.ts';
import { logStream } from '../../contracts/deployment/logs.ts';
import type { BuildView, ReleaseView } from '../../contracts/http/api.ts';
import { BUILD_STATES, isFinalBuild, type BuildState } from '../../contracts/deployment/states.ts';
import { deploymentTable } from './dashboard.ts';
import { cancelForm, failureText } from './deployment.ts';
import { type Html, ago, badge, nothing, plain, took } from './format.ts';
import { live, log } from './layout.ts';
import { serviceName } from './service-name.ts';

const HEADLINE: Readonly<Record<ReleaseView['state'], string>> = {
  building: 'Building',
  deploying: 'On its way through the environments',
  completed: 'Landed',
  failed: 'Did not land',
  cancelled: 'Cancelled',
};

/** One commit on its way: its build, and a deployment for each environment. */
export function releasePage(it: ReleaseView, current: ReadonlySet<string>): Html {
  const ended = it.state !== 'building' && it.state !== 'deploying';
  return html`
    ${live(
      `/releases/${it.id}`,
      ended ? null : 2,
      html`
        <p class="crumbs"><a href="/">Services</a> / ${serviceName(it)} / release ${it.sequence}</p>
        <div class="headline">
          <h1>${HEADLINE[it.state]}</h1>
          ${badge(it.state)} ${ended ? nothing : cancelForm(`/releases/${it.id}/cancel`)}
          ${it.state === 'failed' || it.state === 'cancelled' ? retryForm(it.id) : nothing}
        </div>
        <p class="lead"><span class="commit">${shortCommit(it.commit)}</span> ${plain(it.subject)}</p>
        <p class="faint">${plain(it.ref)} · ${plain(it.actor)} · ${ago(it.createdAt)}</p>
        ${failureText(it.failure)}
        <section class="card">
          <h2>Build ${it.build ? html`<a class="more" href="/builds/${it.build.id}">log and details</a>` : nothing}</h2>
          ${it.build ? buildSteps(it.build) : html`<p class="faint">None: the image of an earlier build is used.</p>`}
        </section>
        <h2>Deployments</h2>
        ${it.deployments.length === 0 ? html`<p class="faint">None yet.</p>` : deploymentTable(it.deployments, { current })}
      `,
    )}
  `;
}

const retryForm = (id: string): Html => html`
  <form method="post" action="/releases/${id}/retry"><button>Retry</button></form>
`;

/** A build, when it was where, and its log. */
export function buildPage(it: BuildView): Html {
  return html`
    ${live(
      `/builds/${it.id}`,
      isFinalBuild(it.state) ? null : 2,
      html`
        <p class="crumbs"><a href="/">Services</a> / ${serviceName(it)} / build</p>
        <div class="headline">
          <h1>Build ${it.id}</h1>
          ${badge(it.state)}
        </div>
        ${failureText(it.failure)}
        <div class="columns">
          <section class="card">${buildFacts(it)}</section>
          <section class="card">
            <h2>States</h2>
            ${buildSteps(it)}
          </section>
        </div>
      `,
    )}
    ${log(logStream('build', it.id))}
  `;
}

const buildFacts = (it: BuildView): Html => html`
  <dl>
    <dt>Commit</dt>
    <dd class="commit">${it.commit}</dd>
    <dt>Host</dt>
    <dd>${it.host ?? '–'}</dd>
    <dt>Builder</dt>
    <dd>${it.builder ?? '–'}</dd>
    <dt>Image</dt>
    <dd class="commit" title="${it.image ?? ''}">${it.digest === null ? '–' : shortDigest(it.digest)}</dd>
    <dt>Built on</dt>
    <dd>${it.bases.length === 0 ? '–' : it.bases.map(baseImage)}</dd>
    <dt>Tags</dt>
    <dd>${it.tags.length === 0 ? '–' : it.tags.map((tag) => html`<span class="line commit">${plain(tag)}</span>`)}</dd>
  </dl>
`;

const baseImage = ({ image, digest }: BuildView['bases'][number]): Html => html`
  <span class="line commit" title="${digest}">${plain(image)} ${shortDigest(digest)}</span>
`;

/** The states that were entered, each with how long it lasted. */
function buildSteps(it: BuildView): Html {
  const entered = BUILD_STATES.flatMap((state) => {
    const at = it.times[state];
    return at === undefined ? [] : [{ state, at }];
  }).toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  if (entered.length === 0) return html`<p class="faint">Waiting for a build host.</p>`;
  return html`<ol class="steps">
    ${entered.map(({ state, at }, index) => {
      const next = entered[index + 1]?.at ?? null;
      return html`
        <li class="${markClass(state, next !== null)}">
          <span class="dot">${markOf(state, next !== null)}</span>
          <span class="step">${state}</span>
          <span class="faint">${ago(at)}</span>
          <span class="faint time">${isFinalBuild(state) ? '' : took(at, next)}</span>
        </li>
      `;
    })}
  </ol>`;
}

const markClass = (state: BuildState, isOver: boolean): string => {
  if (state === 'failed' || state === 'cancelled') return 'failed';
  return isOver || state === 'completed' ? 'done' : 'running';
};
const markOf = (state: BuildState, isOver: boolean): string =>
  ({ failed: '✕', done: '✓', running: '…' })[markClass(state, isOver)] ?? '';
