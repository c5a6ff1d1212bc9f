import { html } from 'hono/html';
import { keptNote, presentName, type NamedService } from '../../contracts/http/present-name.ts';
import { type Html, nothing } from './format.ts';

/** The name that ids have, where it is not the present one. */
export function faintKept(it: NamedService): Html {
  const note = keptNote(it);
  return note === '' ? nothing : html`<span class="faint">${note}</span>`;
}

/** `store / frontend (kept as shop/web)` */
export function serviceName(it: NamedService): Html {
  const { project, service } = presentName(it);
  return html`${project} / ${service} ${faintKept(it)}`;
}
