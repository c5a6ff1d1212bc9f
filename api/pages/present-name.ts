import { html } from 'hono/html';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import { type Html, nothing } from './format.ts';

/** A service, by the names of a view. */
interface NamedService extends ServiceKey {
  readonly calledNow?: string | undefined;
}

/** What people call it now. */
export function presentName({ project, service, calledNow }: NamedService): ServiceKey {
  const [nowProject = project, nowService = service] = calledNow?.split('/') ?? [];
  return { project: nowProject, service: nowService };
}

/** `shop/web`, where that is not its present name: ids go on saying it. */
export const keptName = ({ project, service, calledNow }: NamedService): Html =>
  calledNow === undefined ? nothing : html`<span class="faint">(kept as ${project}/${service})</span>`;

/** `store / frontend (kept as shop/web)` */
export function fullName(it: NamedService): Html {
  const { project, service } = presentName(it);
  return html`${project} / ${service} ${keptName(it)}`;
}
