/**
 * The gates that hold an environment back and the deployments that wait there: on the dashboard and on the
 * environment's own page.
 */
import { html } from 'hono/html';
import type { EnvironmentView } from '../../contracts/http/api.ts';
import type { EnvironmentNow } from '../../contracts/http/people.ts';
import { type Html, nothing, plain, linesApart } from './format.ts';

export const environmentPath = (key: {
  readonly project: string;
  readonly service: string;
  readonly environment: string;
}): string => `/environments/${key.project}/${key.service}/${key.environment}`;

/** `2026-01-02 12:00 UTC` */
export const moment = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;

/** The page that visitors get in place of the service, and the places that do not answer as they have to. */
const maintenanceNote = ({
  maintenance,
  unpaged = [],
}: Pick<EnvironmentNow, 'maintenance' | 'unpaged'>): readonly Html[] => [
  ...(maintenance ? [maintenanceLine({ ...maintenance, by: maintenance.by.name })] : []),
  ...unpaged.map(({ place, why }) => gate(maintenance ? 'no page' : 'page left', place, why)),
];

export const maintenanceLine = ({ by, reason, until }: NonNullable<EnvironmentView['maintenance']>): Html =>
  gate(
    'maintenance',
    `visitors get a page${until === null ? '' : ` until ${moment(until)}`}, by ${by}`,
    reason === '' ? 'no reason given' : reason,
  );

/** One line for each: what, who, why. */
export function blockList(now: EnvironmentNow): readonly Html[] {
  const { lock, pause, hold, recalling, split = [], destruction } = now;
  return [
    ...maintenanceNote(now),
    ...(destruction
      ? [
          gate(
            'being destroyed',
            `by ${destruction.by.name} since ${moment(destruction.at)}`,
            destruction.places.length === 0 ? 'what is released from now on begins anew afterwards' : 'it waits',
          ),
          ...destruction.places.map(({ place, why }) => gate('not clear yet', place, why)),
        ]
      : []),
    ...(recalling === undefined ? [] : [gate('not known', 'what is live', recalling)]),
    ...split.map(({ place, why }) => gate('split', `${place} may not run what is live`, why)),
    ...(lock
      ? [
          gate(
            'locked',
            `by ${lock.owner.name}${lock.expiresAt === null ? '' : ` until ${moment(lock.expiresAt)}`}`,
            lock.reason,
          ),
        ]
      : []),
    ...(pause ? [gate('paused', `by ${pause.by.name}`, pause.reason)] : []),
    ...(hold ? [gate('held', `after the rollback by ${hold.by.name}`, 'automatic deployments stay out')] : []),
  ];
}

/** One line for each place at which what is live ends and is started again over and over, or does not serve. */
export const troubles = (live: EnvironmentView['live']): readonly Html[] => [
  ...(live?.crashing ?? []).map(({ since, why }) => gate('crashes', `since ${moment(since)}`, why)),
  ...(live?.notServing ?? []).map(({ since, why }) => gate('not serving', `since ${moment(since)}`, why)),
];

/** Nothing where the file has it. */
export const removedNote = ({ removedAt }: Pick<EnvironmentView, 'removedAt'>): Html =>
  removedAt === undefined
    ? nothing
    : html`<p class="gate">
        <span class="badge">no longer in landfall.yaml</span> since ${moment(removedAt)}; what runs here runs on.
      </p>`;

const gate = (what: string, who: string, why: string): Html =>
  html`<p class="gate"><span class="badge bad">${what}</span> ${plain(who)}: ${linesApart(why)}</p>`;

/** The running deployment, where it does not go on by itself. */
export const haltedRun = ({ running, halted }: EnvironmentNow): Html =>
  running === null || halted === null
    ? nothing
    : html`<p class="gate">
        <span class="badge bad">halted</span> <a href="/deployments/${running}">${running}</a>: ${linesApart(halted)}
      </p>`;

/** In order, each with the reason. */
export const waitingList = ({ waiting }: EnvironmentNow): Html =>
  waiting.length === 0
    ? nothing
    : html`<ol class="queue">
        ${waiting.map(
          ({ deploymentId, position, why }) => html`
            <li value="${position}">
              <a href="/deployments/${deploymentId}">${deploymentId}</a>
              <span class="faint">${plain(why)}</span>
            </li>
          `,
        )}
      </ol>`;
