/** A preview's account of itself. */
import type {
  PreviewPhase,
  PreviewRecord,
  PreviewService,
  PreviewView,
} from '../../../contracts/deployment/preview.ts';
import { isLeft, serviceState } from './state.ts';
import type { ServiceState, PreviewState } from './state.ts';

export function phaseOf(state: PreviewState): PreviewPhase {
  const { wanted, slot } = state;
  if (wanted === null) return slot !== 'none' || state.services.some(isLeft) ? 'stopping' : 'gone';
  if (slot !== 'held') return 'waiting';
  const services = shown(state).map(({ state: is }) => is);
  if (services.some((is) => is === 'waiting' || is === 'deploying' || is === 'removing')) return 'creating';
  return services.includes('failed') ? 'failed' : 'ready';
}

export function previewView(state: PreviewState): PreviewView {
  const { pull, owner, wanted, createdAt, expiresAt, place, note } = state;
  const phase = phaseOf(state);
  return {
    ...{ pull, phase, owner, commit: wanted?.commit ?? null, createdAt, place, services: shown(state), note },
    expiresAt: wanted === null ? null : expiresAt,
  };
}

export const recordOf = (state: PreviewState, at: number): PreviewRecord => ({
  ...previewView(state),
  at,
  stopped: state.stopped,
});

/** Those that the rules name, in their order, then those that are only left over. */
function shown(state: PreviewState): readonly PreviewService[] {
  const { rules, wanted, services } = state;
  const named = rules && wanted ? rules.rules.services.map((service) => ({ project: rules.project, service })) : [];
  const known = named.map((key) => serviceState(state, key) ?? key);
  const others = services.filter((one) => !known.includes(one) && isLeft(one));
  return [...known.map((one) => ('key' in one ? shownService(one) : unbegun(one))), ...others.map(shownService)];
}

const unbegun = (key: ServiceState['key']): PreviewService => ({
  ...{ key, state: 'waiting', commit: null, url: null, releaseId: null, deploymentId: null, failure: null },
});

function shownService(service: ServiceState): PreviewService {
  const { key, live, releaseId, deploymentId, failure } = service;
  const { commit = null, url = null } = live ?? {};
  return { key, state: stateOf(service), commit, url, releaseId, deploymentId, failure };
}

function stateOf({ ordering, release, removing, live, failure }: ServiceState): PreviewService['state'] {
  if (removing) return 'removing';
  if (ordering || release) return 'deploying';
  if (failure) return 'failed';
  return live ? 'live' : 'waiting';
}
