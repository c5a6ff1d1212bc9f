/** `/preview`, from GitHub's webhook to GitHub's comment: the real API, inbox, store, admission and workflows. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { previewWorkflowId } from '../../../contracts/core/ids.ts';
import { findPreview } from '../../../store/queries/preview-records.ts';
import { listAudit } from '../../../store/queries/views.ts';
import { eventually } from '../../support/eventually.ts';
import { digestOf } from '../../support/simulation/fixtures.ts';
import type { Issue } from '../../../stand-ins/github/state.ts';
import { signed } from '../../api/harness.ts';
import { LANDFALL_YAML, only, startCommandStage } from './command-stage.ts';

const LIMIT_MS = 120_000;
const stage = await startCommandStage();
await stage.push({
  'landfall.yaml': `${LANDFALL_YAML}
previews:
  target: { podman: { hosts: [host-a], publish: { web: { hosts: ['pr-{number}.preview.example.com'] } } } }
  ttl: 10m
  extendMax: 3h
  automatic: { labels: [preview] }
`,
});
await stage.work.git('checkout', '--quiet', '-b', 'feature');
let head = await stage.push({ 'a.txt': 'a' }, 'feature');
const pull = stage.openPull('feature');

const keyOf = (on: Issue) => ({ project: 'shop', service: 'web', environment: `pr-${on.number}` });
const serving = (on: Issue) => stage.world.hosts.get('host-a')?.serving(keyOf(on)) ?? null;
const comments = (on: Issue) => on.comments.filter(({ body }) => body.startsWith('<!-- landfall:preview -->'));
const shows = (on: Issue, text: string | RegExp) =>
  eventually(`the comment to show ${String(text)}`, () => {
    const [body = ''] = comments(on).map((one) => one.body);
    return (typeof text === 'string' ? body.includes(text) : text.test(body)) && body;
  });
const ended = (on: Issue) =>
  stage.world.client.workflow
    .getHandle(previewWorkflowId({ repositoryId: stage.repository.id, number: on.number }))
    .result();

/** GitHub's event of a push to the branch of a pull request, which the stand-in does not send. */
async function synchronize(on: Issue): Promise<void> {
  const repository = { id: stage.repository.id, full_name: 'acme/web' };
  const event = JSON.stringify({
    ...{ action: 'synchronize', number: on.number, repository },
    pull_request: {
      ...{ head: { sha: head, repo: repository }, base: { ref: 'main', repo: repository }, labels: [] },
      user: { login: 'ann' },
    },
    installation: { id: stage.repository.installationId },
    sender: { login: 'ann' },
  });
  // GitHub writes its ids as numbers, which JavaScript's are too small for.
  const body = event.replaceAll(/"id":"(\d+)"/g, '"id":$1');
  const sent = signed({ event: 'pull_request', id: randomUUID(), body });
  expect((await stage.api.app.request('/api/webhooks/github', sent, {})).status).toBe(202);
}

describe('/preview on a pull request', () => {
  test(
    'is seen at once, shows the address in one comment, follows pushes, and stop leaves nothing [D1][D3][D4][D7]',
    async () => {
      const { reactions, replies, reaction } = await stage.say(pull, 'ann', '/preview');
      expect([reaction, reactions, replies]).toEqual(['+1', ['eyes', '+1'], []]);
      const ready = await shows(pull, '✅ is ready');
      expect(ready).toMatch(/\| \[[^\]]+\]\(http:/);
      expect(ready).toMatch(
        /\| `shop\.web` \| ✅ live \|.*\]\(https:\/\/landfall\.example\/deployments\/shop\.web\.pr-/,
      );
      expect(serving(pull)).toBe(digestOf(head));

      head = await stage.push({ 'a.txt': 'b' }, 'feature');
      await synchronize(pull);
      await eventually('the push to serve', () => serving(pull) === digestOf(head));
      await shows(pull, new RegExp(`is ready of \`${head.slice(0, 7)}\``));

      const extended = await stage.say(pull, 'ann', '/preview extend 2h');
      expect(only(extended.replies)).toMatch(/✅ It lives until 20\d\d-\d\d-\d\d \d\d:\d\d UTC\./);
      expect(only((await stage.say(pull, 'ann', '/preview extend 30d')).replies)).toContain(
        'the most that landfall.yaml gives',
      );
      expect(only((await stage.say(pull, 'ann', '/preview status')).replies)).toContain('✅ is ready');
      expect(only((await stage.say(pull, 'ann', '/preview logs')).replies)).toContain(
        '[the whole log](https://landfall.example/deployments/',
      );

      expect((await stage.say(pull, 'ann', '/preview stop')).replies).toEqual([]);
      await ended(pull);
      expect([serving(pull), stage.world.hosts.get('host-a')?.replicas(keyOf(pull))]).toEqual([null, []]);
      expect(comments(pull)).toHaveLength(1);
      await shows(pull, /is gone[^]*Stopped by `ann`/);
      const at = { repositoryId: stage.repository.id, number: pull.number };
      const record = await eventually('the record of its end', async () => {
        const one = await findPreview(stage.store.db, at);
        return one?.phase === 'gone' && one;
      });
      expect(record).toMatchObject({ owner: { name: 'ann' }, place: null, services: [] });
      const audit = await listAudit(stage.store.db, { limit: 100 });
      const said = audit.map(({ action }) => action).filter((action) => action.startsWith('preview.'));
      expect(new Set(said)).toEqual(new Set(['preview.create', 'preview.extend', 'preview.stop', 'preview.gone']));
    },
    LIMIT_MS,
  );

  test(
    'is refused in words: of who may not write, on an issue, without a preview, and for what is no command [D1]',
    async () => {
      expect(only((await stage.say(pull, 'rob', '/preview')).replies)).toContain('takes the permission **write**');
      expect(only((await stage.say(stage.openIssue(), 'ann', '/preview')).replies)).toContain(
        'Previews are of pull requests',
      );
      expect(only((await stage.say(pull, 'ann', '/preview stop')).replies)).toContain(
        'There is no preview of this pull request',
      );
      expect(only((await stage.say(pull, 'ann', '/preview extend 2y')).replies)).toContain('a time from 1m to 30d');
      expect(only((await stage.say(pull, 'ann', '/preview please')).replies)).toContain('😕');
      expect(serving(pull)).toBeNull();
    },
    LIMIT_MS,
  );

  test(
    'of a fork takes the commit by name, and ends with the pull request; a closed one gets none [D1][D4]',
    async () => {
      const forked = stage.openPull('feature', { fork: true });
      expect(only((await stage.say(forked, 'ann', '/preview')).replies)).toContain(`/preview ${head.slice(0, 7)}`);
      expect(only((await stage.say(forked, 'ann', '/preview 0000000')).replies)).toContain(
        'not the commit that you named',
      );
      expect((await stage.say(forked, 'ann', `/preview ${head.slice(0, 9)}`)).replies).toEqual([]);
      await shows(forked, '✅ is ready');
      await stage.github.closePull(stage.repository.id, forked.number, { by: 'ann' });
      await ended(forked);
      expect(serving(forked)).toBeNull();
      await shows(forked, /is gone[^]*The pull request was closed/);
      expect(only((await stage.say(forked, 'ann', `/preview ${head.slice(0, 9)}`)).replies)).toContain(
        'This pull request is closed',
      );
      // There is nothing to stop any more, and that is said.
      expect(only((await stage.say(forked, 'ann', '/preview stop')).replies)).toContain('There is no preview');
    },
    LIMIT_MS,
  );
});
