/** An operator who goes back to the last release has its workers go on with what today's began: see README.md. */
import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DeterminismViolationError } from '@temporalio/workflow';
import { hushTemporal } from '../support/temporal.ts';
import { tempDir } from '../support/tmp.ts';
import { readHistory } from './history.ts';
import { lastRelease, replayOnLastRelease } from './last-release.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** File name → why the last release cannot go on with it, and what the release notes say about that. */
const FORWARD_ONLY: Readonly<Record<string, string>> = {};

hushTemporal();

const release = lastRelease(ROOT);
test(`histories that are newer than the last release (${release ?? 'there is none yet: nothing to replay on'}) go on with its workflows [F4]`, async () => {
  const outcome = await replayOnLastRelease(ROOT, tempDir());
  expect(outcome?.release ?? null).toBe(release);
  const failed = Object.entries(outcome?.failed ?? {}).filter(([name]) => !Object.hasOwn(FORWARD_ONLY, name));
  expect(failed).toEqual([]);
});

test('a history that the last release would continue otherwise is found, and one of a new kind is left out [F4]', async () => {
  const repository = tempDir();
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', repository, '-c', 'user.name=ann', '-c', 'user.email=ann@example.com', ...args], {
      encoding: 'utf8',
    });
  const write = (file: string, text: string) => {
    mkdirSync(join(repository, file, '..'), { recursive: true });
    writeFileSync(join(repository, file), text);
  };
  const commit = (message: string) => {
    git('add', '--all');
    git('commit', '--quiet', '--message', message);
  };
  git('init', '--quiet');
  write('package.json', '{ "type": "module" }');
  write('workflows/index.ts', "export { greet } from './greet.ts';\n");
  write('workflows/greet.ts', workflowThatCalls('hello'));
  write('test/replay/histories/old.json', historyOf('greet', 'gone'));
  commit('the first release');
  expect(lastRelease(repository)).toBeNull();
  expect(await replayOnLastRelease(repository, tempDir())).toBeNull();

  git('tag', 'v1.0.0');
  write('workflows/greet.ts', workflowThatCalls('bonjour'));
  write('test/replay/histories/same.json', historyOf('greet', 'hello'));
  write('test/replay/histories/other.json', historyOf('greet', 'bonjour'));
  write('test/replay/histories/new-kind.json', historyOf('part', 'goodbye'));
  commit('after it');

  const outcome = await replayOnLastRelease(repository, tempDir());
  expect(outcome).toMatchObject({ release: 'v1.0.0', replayed: ['other.json', 'same.json'] });
  expect(outcome?.failed).toEqual({ 'other.json': expect.any(DeterminismViolationError) });
});

const workflowThatCalls = (activity: string): string => `
import { proxyActivities } from '@temporalio/workflow';
const activities = proxyActivities<Record<string, () => Promise<void>>>({ startToCloseTimeout: '1 minute' });
export async function greet(): Promise<void> {
  await activities['${activity}']!();
}
`;

/** A workflow up to its first activity, as Temporal records it. */
function historyOf(workflow: string, activity: string): string {
  const { history } = readHistory(join(ROOT, 'test/replay/histories/forget-old.json'));
  const text = JSON.stringify({ workflowId: workflow, history: { events: history.events.slice(0, 5) } });
  return text
    .replace('"workflowType":{"name":"forgetOld"}', `"workflowType":{"name":"${workflow}"}`)
    .replace('"activityType":{"name":"forgetOld"}', `"activityType":{"name":"${activity}"}`);
}
