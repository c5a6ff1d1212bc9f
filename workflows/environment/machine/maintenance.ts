/** A page stands in front of an environment while people work on it. Deployments go on behind it. */
import { SYSTEM } from '../../../contracts/core/actor.ts';
import type { PlaceRef } from '../../../contracts/config/service.ts';
import type {
  EndMaintenanceRequest,
  Maintenance,
  MaintenanceRequest,
} from '../../../contracts/deployment/maintenance.ts';
import { said } from './people.ts';
import { unchanged } from './state.ts';
import type { Effect, Pages, State, Step, Unpaged } from './state.ts';

const TURN: Effect = { kind: 'turn-pages' };

export const maintenanceAt = (maintenance: Maintenance | null, now: number): Maintenance | null =>
  maintenance && (maintenance.until === null || now < maintenance.until) ? maintenance : null;

/** The reason why nobody may put a page there; `null`: they may, unless another person has locked it. */
export function maintenanceRefusal({ destruction, live }: Pick<State, 'destruction' | 'live'>): string | null {
  if (destruction) return 'It is being destroyed.';
  return live ? null : 'Nothing is live there yet, so there is nothing for a page to stand in front of.';
}

/** Again, it changes the reason and the time. */
export function maintain(state: State, { by, reason, forMs }: MaintenanceRequest, now: number): Step {
  const maintenance = { by, reason, at: now, until: forMs === null ? null : now + forMs };
  return changed({ ...state, maintenance }, { what: 'maintenance', by, detail: reason, now });
}

/** Ending what is not on changes nothing. */
export function endMaintenance(state: State, { by }: EndMaintenanceRequest, now: number): Step {
  if (!state.maintenance) return unchanged(state);
  return changed({ ...state, maintenance: null }, { what: 'maintenance-end', by, detail: '', now });
}

/** The places end it at its time by themselves; they forget it when they hear of it. */
export function expireMaintenance(state: State, now: number): Step {
  if (!state.maintenance || maintenanceAt(state.maintenance, now)) return unchanged(state);
  return changed({ ...state, maintenance: null }, { what: 'maintenance-end', by: SYSTEM, detail: 'at its time', now });
}

/** A place cannot show it. @param change - of the page that was ordered */
export function refuseMaintenance(state: State, change: number, why: string, now: number): Step {
  if (!state.maintenance || state.pages?.change !== change) return unchanged(state);
  return changed({ ...state, maintenance: null }, { what: 'maintenance-end', by: SYSTEM, detail: why, now });
}

/** A deployment may bring it to places that have not heard of the page, or to some that cannot show it. */
export function dueAgain(state: State, places: readonly PlaceRef[]): Step {
  const { maintenance, pages } = state;
  if (!maintenance || !pages) return unchanged(state);
  return {
    state: { ...state, pages: { ...pages, places: union(pages.places, places), isDue: true } },
    effects: [TURN],
  };
}

/** More of its places are known. */
export const pagesAt = (state: State, change: number, places: readonly PlaceRef[]): State =>
  onPages(state, change, (pages) => ({ ...pages, places: union(pages.places, places) }));

/** @param unpaged - the reason why a place does not answer as it has to; `null`: it does */
export const pageTurned = (state: State, change: number, place: string, unpaged: Unpaged | null): State =>
  onPages(state, change, (pages) => ({
    ...pages,
    unpaged: [...pages.unpaged.filter((one) => one.place !== place), ...(unpaged ? [unpaged] : [])],
  }));

/** The reason why the page that was ordered cannot be shown; `null`: it can, as far as is known. */
export const whyNoPage = ({ pages }: State, change: number): string | null =>
  (pages?.change === change && pages.unpaged.find(({ isFinal }) => isFinal === true)?.why) || null;

/** All places have heard. */
export const pagesTurned = (state: State, change: number): State =>
  state.maintenance || (state.pages?.unpaged.length ?? 0) > 0
    ? onPages(state, change, (pages) => ({ ...pages, isDue: false }))
    : { ...state, pages: state.pages?.change === change ? null : state.pages };

/** Not what was ordered before. */
function onPages(state: State, change: number, next: (pages: Pages) => Pages): State {
  return state.pages?.change === change ? { ...state, pages: next(state.pages) } : state;
}

function changed(state: State, about: Parameters<typeof said>[1]): Step {
  const told = said(state, about, { maintenance: state.maintenance });
  const { change } = told.state;
  const pages: Pages = { change, places: state.pages?.places ?? [], isDue: true, unpaged: [] };
  return { state: { ...told.state, pages }, effects: [...told.effects, TURN] };
}

const union = (some: readonly PlaceRef[], others: readonly PlaceRef[]): readonly PlaceRef[] => [
  ...new Map([...some, ...others].map(({ name, queue }) => [queue, { name, queue }])).values(),
];
