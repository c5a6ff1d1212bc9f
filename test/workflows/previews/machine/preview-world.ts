/**
 * The world around a preview's machine: a pull request, releases, environments and the line for slots, each as its own
 * workflow would answer. What is under way is a list of tasks, which a test finishes in any order.
 */
import type { PreviewAnswer, PreviewWish, PullChange, PullRef } from '../../../../contracts/deployment/preview.ts';
import type { ReleaseResult } from '../../../../contracts/deployment/release.ts';
import {
  environmentEnded,
  granted,
  ordered,
  placed,
  pullChanged,
  pullSeen,
  releaseEnded,
  removalOrdered,
} from '../../../../workflows/previews/machine/news.ts';
import { grant, joinLine, leaveLine, places, type SlotLine } from '../../../../workflows/previews/machine/line.ts';
import { isGone, proceed } from '../../../../workflows/previews/machine/proceed.ts';
import { previewRecalled, requested, rulesRead } from '../../../../workflows/previews/machine/requests.ts';
import {
  stepThen,
  beginning,
  sameState,
  type PreviewEffect,
  type KnownRules,
  type PreviewState,
  type PreviewStep,
} from '../../../../workflows/previews/machine/state.ts';
import { previewWakesAt } from '../../../../workflows/previews/machine/time.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
const NOON = Date.UTC(2026, 2, 1, 12);
const ANN = { kind: 'github', name: 'ann' } as const;
const PULL: PullRef = { repositoryId: '7', number: 5, repository: 'acme/shop', installationId: '1' };

export const RULES: KnownRules = {
  known: true,
  project: 'shop',
  installationLimit: 100,
  rules: {
    services: ['web', 'api'],
    ttlMs: 30 * MINUTE,
    extendMaxMs: 24 * HOUR,
    automatic: { labels: ['Preview'], authors: ['octocat'] },
    limits: { repository: 5, person: 2 },
    forks: 'ask',
  },
};

interface Release {
  readonly id: string;
  readonly sequence: number;
  readonly service: string;
  readonly commit: string;
  cancelled: boolean;
  ended: boolean;
}

/** An environment as its own workflow knows it. */
interface Environment {
  live: string | null;
  /** Of what is live. */
  sequence: number;
  /** It is there, or was begun. */
  stands: boolean;
  /** Nothing that was released by then comes back. */
  through: number;
  destroying: boolean;
}

const SLOT = 'preview/7/5';

export function createPreviewWorld(rules: KnownRules | { readonly known: false; readonly why: string } = RULES) {
  let now = NOON;
  let state: PreviewState = beginning(PULL, now);
  let line: SlotLine = { held: [], waiting: [] };
  let sequence = 0;
  let orders = 0;
  const pull = { state: 'open' as 'open' | 'closed' | 'merged', head: 'a'.repeat(40), fork: false, author: 'ann' };
  const releases: Release[] = [];
  const environments = new Map<string, Environment>();
  const stopping = new Set<string>();
  const tasks: { readonly what: string; readonly run: () => void }[] = [];
  const faults = { release: false, removal: 0 };
  const audit: string[] = [];
  const answers = new Map<string, PreviewAnswer>();
  /** Every preview workflow that has ended. */
  let ends = 0;

  const environment = (service: string): Environment => {
    const known = environments.get(service) ?? {
      live: null,
      sequence: 0,
      stands: false,
      through: 0,
      destroying: false,
    };
    environments.set(service, known);
    return known;
  };
  const later = (what: string, run: () => void) => void tasks.push({ what, run });

  function take(step: (state: PreviewState, now: number) => PreviewStep): void {
    const taken = stepThen(step(state, now), (next) => proceed(next, now));
    ({ state } = taken);
    for (const { orderId, answer } of state.answers) answers.set(orderId, answer);
    for (const effect of taken.effects) perform(effect);
    if (!isGone(state)) return;
    // Its workflow ends; the next message begins another one.
    ends += 1;
    state = { ...beginning(PULL, now), stopped: state.stopped };
    recall();
  }

  function recall(): void {
    const standing = [...environments]
      .filter(([, { stands }]) => stands)
      .map(([service]) => ({ project: 'shop', service }));
    state = previewRecalled(state, { standing, stopped: state.stopped });
  }

  function perform(effect: PreviewEffect): void {
    switch (effect.kind) {
      case 'read-rules':
        later('rules', () => take((is, at) => rulesRead(is, rules, at)));
        return;
      case 'look':
        later('look', () =>
          take((is, at) => pullSeen(is, { state: pull.state, commit: pull.head, fork: pull.fork }, at)),
        );
        return;
      case 'ask-slot':
        line = joinLine(line, { ...effect.request, id: SLOT }) ?? line;
        giveOut();
        return;
      case 'give-slot':
        line = leaveLine(line, SLOT);
        giveOut();
        return;
      case 'order':
        later('order', () => release(effect));
        return;
      case 'stop-order':
        return void stopping.add(effect.orderId);
      case 'cancel-release':
        later('cancel', () => {
          const found = releases.find(({ id }) => id === effect.releaseId);
          if (found) found.cancelled = true;
        });
        return;
      case 'follow':
        later('follow', () => end(effect.releaseId));
        return;
      case 'remove':
        later('remove', () => remove(effect));
        return;
      case 'tell':
        for (const { record } of effect.tellings) audit.push((record as { action: string }).action);
    }
  }

  function giveOut(): void {
    const given = grant(line);
    ({ line } = given);
    for (const one of given.granted) {
      if (one.id === SLOT) later('granted', () => take((is, at) => sameState(granted(is, at))));
    }
    const place = places(line).find(({ id }) => id === SLOT)?.place;
    if (place !== undefined) later('place', () => take((is) => sameState(placed(is, place))));
  }

  function release({ key, orderId, commit }: Extract<PreviewEffect, { kind: 'order' }>): void {
    // A cancel may come too late to keep it from anything.
    const isStopped = stopping.has(orderId) && commit.charCodeAt(0) % 2 === 0;
    if (isStopped) {
      take((is, at) => ordered(is, key, orderId, { kind: 'stopped' }, at));
      return;
    }
    sequence += 1;
    const made: Release = {
      id: `shop.${key.service}.${sequence}`,
      sequence,
      service: key.service,
      commit,
      cancelled: false,
      ended: false,
    };
    releases.push(made);
    environment(key.service).stands = true;
    later('build', () => deploy(made));
    take((is, at) => ordered(is, key, orderId, { kind: 'released', releaseId: made.id }, at));
  }

  /** The release reaches its environment. */
  function deploy(made: Release): void {
    const there = environment(made.service);
    made.ended = true;
    // It orders by release: an older one that is built later never wins.
    const isRefused =
      made.cancelled || made.sequence <= Math.max(there.through, there.sequence) || there.destroying || faults.release;
    if (!isRefused) {
      there.sequence = made.sequence;
      there.live = made.commit;
      there.stands = true;
    }
    result.set(made.id, {
      outcome: isRefused ? 'failed' : 'completed',
      stages: [
        {
          environment: 'pr-5',
          deploymentId: `shop.${made.service}.pr-5.${made.sequence}`,
          state: 'live',
          urls: ['http://pr-5.test'],
        },
      ],
      ...(isRefused && { failure: { type: 'BuildFailed', message: 'no' } }),
    });
    if (waited.delete(made.id)) end(made.id);
  }
  const result = new Map<string, ReleaseResult>();
  const waited = new Set<string>();

  function end(releaseId: string): void {
    const known = result.get(releaseId);
    if (!known) return void waited.add(releaseId);
    take((is, at) => releaseEnded(is, releaseId, known, at));
  }

  function remove({ key, orderId }: Extract<PreviewEffect, { kind: 'remove' }>): void {
    const there = environment(key.service);
    if (faults.removal > 0) {
      faults.removal -= 1;
      const failure = { type: 'EnvironmentLocked', message: 'bob has it locked' } as const;
      take((is, at) => removalOrdered(is, key, orderId, { kind: 'failed', failure }, at));
      return;
    }
    if (!there.stands) {
      take((is, at) => removalOrdered(is, key, orderId, { kind: 'gone' }, at));
      return;
    }
    destroy(key.service);
    take((is, at) => removalOrdered(is, key, orderId, { kind: 'removing' }, at));
  }

  function destroy(service: string, by: { readonly kind: 'github'; readonly name: string } = ANN): void {
    const there = environment(service);
    there.through = sequence;
    if (there.destroying) return;
    there.destroying = true;
    later('destroyed', () => {
      Object.assign(there, { live: null, sequence: 0, stands: false, destroying: false });
      const key = { project: 'shop', service, environment: 'pr-5' };
      take((is, at) => environmentEnded(is, { key, by, left: null }, at));
    });
  }

  recall();
  const world = {
    pull,
    tasks,
    faults,
    audit,
    environments,
    rivals: (count: number) => {
      for (let index = 0; index < count; index += 1) {
        line =
          joinLine(line, {
            id: `other/${index}`,
            repositoryId: '7',
            person: `p${index}`,
            limits: { ...RULES.rules.limits, installation: 100 },
          }) ?? line;
      }
      ({ line } = grant(line));
    },
    endRival: (index: number) => {
      line = leaveLine(line, `other/${index}`);
      giveOut();
    },
    get now() {
      return now;
    },
    get state() {
      return state;
    },
    get ends() {
      return ends;
    },
    /** Nothing is there, or under way, in the world itself. */
    get isEmpty() {
      const isClear = [...environments.values()].every(
        ({ stands, live, destroying }) => !stands && live === null && !destroying,
      );
      return isClear && ![...line.held, ...line.waiting].some(({ id }) => id === SLOT);
    },
    get live() {
      return Object.fromEntries([...environments].map(([service, { live }]) => [service, live]));
    },
    take,
    /** An event of GitHub's about the pull request as it is now. */
    event: (action: PullChange['action'], labels: readonly string[] = []): PullChange => ({
      ...{ action, pull: PULL, commit: pull.head, fork: pull.fork, author: pull.author, labels },
    }),
    tell: (change: PullChange) => take((is) => pullChanged(is, change)),
    request(wish: PreviewWish, orderId = `order-${(orders += 1)}`) {
      take((is, at) => requested(is, { orderId, by: ANN, pull: PULL, wish }, at));
      return orderId;
    },
    answer: (orderId: string) => answers.get(orderId),
    destroy,
    /** Finishes one task. */
    finish(index: number): void {
      const [task] = tasks.splice(index, 1);
      task?.run();
    },
    /** Finishes everything, in an order. */
    drain(choose: (count: number) => number = () => 0): void {
      for (let left = 2_000; tasks.length > 0 && left > 0; left -= 1) world.finish(choose(tasks.length));
    },
    pass(ms: number): void {
      now += ms;
      take(sameState);
    },
    /** Lets time pass, as long as time alone changes something, for some days at most. */
    wait(choose?: (count: number) => number): void {
      const limit = now + 60 * 24 * HOUR;
      for (;;) {
        world.drain(choose);
        const at = previewWakesAt(state);
        if (at === null || at > limit) return;
        now = Math.max(now, at);
        take(sameState);
      }
    },
  };
  return world;
}
