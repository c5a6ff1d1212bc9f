import { beforeAll, describe, expect, test } from '@jest/globals';
import { environmentWorkflowId, previewWorkflowId } from '../../../contracts/core/ids.ts';
import { destroyEnvironment } from '../../../workflows/messages/environment.messages.ts';
import { eventually } from '../../support/eventually.ts';
import { digestOf } from '../../support/simulation/fixtures.ts';
import { fails, hangs } from '../../support/simulation/faults.ts';
import { bundleWithTimeouts } from '../../support/timeouts.ts';
import { ANN, MINUTE, commit, startPreviewStage } from './stage.ts';

type Stage = Awaited<ReturnType<typeof startPreviewStage>>;
const LIMIT_MS = 120_000;
const SERVICES = ['web', 'api'];
let stage: Stage;
let numbers = 0;
/** A pull request that no other test has. */
const next = () => stage.pull((numbers += 1));
const serving = (pull: ReturnType<Stage['pull']>, service = 'web') => stage.host.serving(stage.keyOf(pull, service));

beforeAll(async () => {
  stage = await startPreviewStage();
}, LIMIT_MS);

describe('a preview', () => {
  test(
    'is made, shown in one comment with its address, redeployed by a push, extended, and gone on stop [D1][D3][D4][D7]',
    async () => {
      stage.rules(SERVICES);
      const pull = next();
      expect(await stage.create(pull)).toEqual({ kind: 'accepted' });
      const { expiresAt, services } = await stage.reaches(pull, 'ready');
      expect(services.map(({ key, url }) => [key.service, url])).toEqual([
        ['web', expect.stringMatching(/^http/)],
        ['api', expect.stringMatching(/^http/)],
      ]);
      expect([serving(pull), serving(pull, 'api')]).toEqual([digestOf(commit('a')), digestOf(commit('a'))]);

      stage.world.previews.pulls.set(pull.number, { commit: commit('b') });
      await stage.tell(stage.change(pull, 'synchronize'));
      await eventually(
        'the push to serve',
        () => serving(pull) === digestOf(commit('b')) && serving(pull, 'api') === digestOf(commit('b')),
      );
      const renewed = await stage.reaches(pull, 'ready');
      expect(renewed.expiresAt).toBeGreaterThan(expiresAt ?? 0);

      const answer = await stage.ask(pull, { kind: 'extend', forMs: 60 * MINUTE });
      expect(answer).toEqual({ kind: 'extended', expiresAt: (renewed.expiresAt ?? 0) + 60 * MINUTE, isMost: false });
      expect(await stage.ask(pull, { kind: 'stop' })).toEqual({ kind: 'stopping' });
      await stage.handle(pull).result();
      expect(stage.left(pull, SERVICES)).toEqual([]);

      const texts = stage.world.previews.comments.get(pull.number) ?? [];
      const ready = texts.findLast((text) => text.includes('is ready of'));
      expect(ready).toContain('| Service | Status | URL | Commit | Expires | Updated (UTC) | Details |');
      expect(ready).toContain('`/preview extend 2h`');
      expect(texts.at(-1)).toMatch(/is gone[^]*Stopped by `ann`/);
      const record = stage.world.records.previews.get(previewWorkflowId(pull));
      expect(record).toMatchObject({ phase: 'gone', owner: ANN, stopped: true, services: [] });
      const audit = stage.world.records.audit.filter(({ subject }) => subject === `acme/shop#${pull.number}`);
      expect(audit.map(({ action, actor }) => `${action} ${actor}`)).toEqual([
        'preview.create github:ann',
        'preview.extend github:ann',
        'preview.stop github:ann',
        'preview.gone github:ann',
      ]);
    },
    LIMIT_MS,
  );

  test(
    'is gone after its time without any event, and its history is small [D4]',
    async () => {
      stage.rules(['web'], { ttlMs: 3_000 });
      const pull = next();
      await stage.create(pull);
      await stage.handle(pull).result();
      expect(stage.left(pull, ['web'])).toEqual([]);
      expect(stage.comment(pull)).toMatch(/is gone[^]*Its time was up/);
      const { events } = await stage.handle(pull).fetchHistory();
      expect(events?.length).toBeLessThan(150);
    },
    LIMIT_MS,
  );

  test(
    'of a repository without rules is refused with why, leaves no comment, and its workflow ends [D1]',
    async () => {
      stage.world.previews.rules = { known: false, why: 'landfall.yaml on main has no "previews".' };
      const pull = next();
      expect(await stage.create(pull)).toEqual({ kind: 'refused', why: 'landfall.yaml on main has no "previews".' });
      await stage.handle(pull).result();
      expect(stage.comment(pull)).toBe('');
    },
    LIMIT_MS,
  );

  test(
    'whose release fails says so in the comment, and the next push tries again [D4]',
    async () => {
      stage.rules(['web']);
      const pull = next();
      const build = stage.world.faults.add({
        activity: 'buildImage',
        only: ({ input }) => JSON.stringify(input).includes(commit('c')),
        act: fails('BuildFailed', 'npm ERR! missing script: build'),
      });
      await stage.create(pull, 'c');
      await stage.reaches(pull, 'failed');
      await eventually('the comment to say why', () => stage.comment(pull).includes('missing script: build'));
      build();
      stage.world.previews.pulls.set(pull.number, { commit: commit('d') });
      await stage.tell(stage.change(pull, 'synchronize'));
      await stage.reaches(pull, 'ready');
      stage.world.previews.pulls.set(pull.number, { commit: commit('d'), state: 'closed' });
      await stage.tell(stage.change(pull, 'closed'));
      await stage.handle(pull).result();
      expect(stage.left(pull, ['web'])).toEqual([]);
    },
    LIMIT_MS,
  );

  test(
    'that was ended by force leaves nothing behind: the next one adopts what stands and removes it [D4][D6]',
    async () => {
      stage.rules(['web']);
      const pull = next();
      await stage.create(pull);
      await stage.reaches(pull, 'ready');
      await stage.handle(pull).terminate('for a test');
      expect(stage.left(pull, ['web'])).not.toEqual([]);
      expect(await stage.ask(pull, { kind: 'stop' })).toEqual({ kind: 'stopping' });
      await stage.handle(pull).result();
      expect(stage.left(pull, ['web'])).toEqual([]);
    },
    LIMIT_MS,
  );

  test(
    'that somebody destroys by name ends with that [D4]',
    async () => {
      stage.rules(['web']);
      const pull = next();
      await stage.create(pull);
      await stage.reaches(pull, 'ready');
      const key = stage.keyOf(pull, 'web');
      const bob = { kind: 'github', name: 'bob' } as const;
      await stage.world.client.workflow
        .getHandle(environmentWorkflowId(key))
        .executeUpdate(destroyEnvironment, { args: [{ by: bob, through: 1_000, follower: previewWorkflowId(pull) }] });
      await stage.handle(pull).result();
      expect([stage.left(pull, ['web']), stage.comment(pull)]).toEqual([
        [],
        expect.stringContaining('Stopped by `bob`'),
      ]);
    },
    LIMIT_MS,
  );
});

describe('the line', () => {
  test(
    'gives a place, and the slot of one that ends to the next; of one that is lost, too [D5]',
    async () => {
      const own = await startPreviewStage(bundleWithTimeouts({ preview: { checkHoldersMs: 2_000 } }));
      own.rules(['web'], { person: 1 });
      const [first, second, third] = [own.pull(101), own.pull(102), own.pull(103)];
      await own.create(first);
      await own.reaches(first, 'ready');
      await own.create(second);
      await own.create(third);
      const { place } = await eventually('the third to know its place', async () => {
        const state = await own.temporal.previewState(third);
        return state?.phase === 'waiting' && state.place === 2 && state;
      });
      expect(place).toBe(2);
      await eventually('the comment to say it', () => own.comment(third).includes('number 2 in line'));
      expect(await own.temporal.previewPlace(third)).toBe(2);
      await own.ask(first, { kind: 'stop' });
      await own.reaches(second, 'ready');
      expect(await own.temporal.previewPlace(third)).toBe(1);
      await own.handle(second).terminate('for a test');
      await own.reaches(third, 'ready');
      await own.ask(third, { kind: 'stop' });
      await own.handle(third).result();
    },
    2 * LIMIT_MS,
  );
});

test(
  'a preview goes on in new runs: no push is lost, its comment stays one, and its end comes in the last [D1][D4]',
  async () => {
    const own = await startPreviewStage(bundleWithTimeouts({ preview: { renewalEvents: 60 } }));
    own.rules(['web']);
    const pull = own.pull(201);
    await own.create(pull);
    const { runId } = await own.handle(pull).describe();
    for (const letter of ['b', 'c', 'd', 'e']) {
      own.world.previews.pulls.set(pull.number, { commit: commit(letter) });
      await own.tell(own.change(pull, 'synchronize'));
      await eventually(
        `${letter} to serve`,
        () => own.host.serving(own.keyOf(pull, 'web')) === digestOf(commit(letter)),
      );
    }
    await own.reaches(pull, 'ready');
    await eventually('another run', async () => (await own.handle(pull).describe()).runId !== runId);
    await own.ask(pull, { kind: 'stop' });
    await eventually('its end', async () => (await own.handle(pull).describe()).status.name === 'COMPLETED');
    expect(own.left(pull, ['web'])).toEqual([]);
    const created = own.world.faults
      .callsOf('keepComment')
      .filter(({ input }) => (input as { commentId: unknown }).commentId === null);
    expect(created).toHaveLength(1);
  },
  2 * LIMIT_MS,
);

describe('a preview that is cancelled, or whose pull request is closed', () => {
  const STATES = [
    ['its rules are read', 'readPreviewRules', 'control'],
    ['its pull request is looked at', 'readPullRequest', 'control'],
    ['its release is admitted', 'admit', 'control'],
    ['it is built', 'buildImage', 'builder'],
    ['it is switched', 'switchTo', 'host-a'],
  ] as const;

  test.each([
    ...STATES.flatMap((state) => [[...state, 'cancel'] as const, [...state, 'close'] as const]),
    ['it is ready', null, '', 'cancel'] as const,
    ['it is being removed', 'remove', 'host-a', 'cancel'] as const,
  ])(
    'while %s (%s at %s): by %s nothing is left [D4][E7]',
    async (_, activity, place, way) => {
      stage.rules(['web']);
      const pull = next();
      const about = [
        `pr-${pull.number}"`,
        `"number":${pull.number},`,
        `#${pull.number}"`,
        commit('f').slice(0, 30) + String(pull.number).padStart(10, '0'),
      ];
      const letter = about[3] ?? '';
      const arrived = Promise.withResolvers<undefined>();
      const goesOn = Promise.withResolvers<undefined>();
      const held =
        activity &&
        stage.world.faults.add({
          ...{ activity, place },
          only: ({ input }) => about.some((text) => JSON.stringify(input).includes(text)),
          act: async () => {
            arrived.resolve(undefined);
            await Promise.race([hangs(), goesOn.promise]);
          },
        });
      stage.world.previews.pulls.set(pull.number, { commit: letter });
      const order = stage.ask(pull, { kind: 'create', commit: letter, fork: false });
      if (activity === 'remove') {
        await stage.reaches(pull, 'ready');
        await stage.ask(pull, { kind: 'stop' });
      }
      if (activity) await arrived.promise;
      else await stage.reaches(pull, 'ready');
      if (way === 'cancel') await stage.handle(pull).cancel();
      else {
        stage.world.previews.pulls.set(pull.number, { commit: letter, state: 'closed' });
        await stage.tell(stage.change(pull, 'closed'));
      }
      if (held) held();
      goesOn.resolve(undefined);
      await stage.handle(pull).result();
      await order.catch(() => undefined);
      expect(stage.left(pull, ['web'])).toEqual([]);
      expect(
        [...stage.world.faults.running].filter(({ input }) =>
          JSON.stringify(input ?? '').includes(`pr-${pull.number}"`),
        ),
      ).toEqual([]);
    },
    LIMIT_MS,
  );
});
