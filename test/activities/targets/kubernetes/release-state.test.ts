import type { CoreV1Event, V1Job, V1Pod } from '@kubernetes/client-node';
import { describe, expect, test } from '@jest/globals';
import { releaseState } from '../../../../activities/targets/kubernetes/release-state.ts';

const STARTED = '2026-12-01T12:00:00Z';
const job = (conditions: readonly object[] = []): V1Job =>
  ({ metadata: { name: 'web-release-0a1b', uid: 'job' }, status: { conditions } }) as unknown as V1Job;
const pod = (status: object, { of = 'job', name = 'web-release-0a1b-x', at = STARTED } = {}): V1Pod =>
  ({
    metadata: { name, uid: name, creationTimestamp: at, ownerReferences: [{ uid: of }] },
    spec: { containers: [{ name: 'web' }] },
    status,
  }) as unknown as V1Pod;
const container = (state: object, name = 'web') => ({ containerStatuses: [{ name, restartCount: 0, state }] });
const FAILED = [
  {
    type: 'Failed',
    status: 'True',
    reason: 'BackoffLimitExceeded',
    message: 'Job has reached the specified backoff limit',
  },
];

const stateOf = (pods: readonly V1Pod[], conditions: readonly object[] = [], events: readonly CoreV1Event[] = []) =>
  releaseState({ job: job(conditions), pods, events, container: 'web' });

test.each([
  ['nothing is there yet', stateOf([]), { kind: 'waiting' }],
  ['its pod waits for a node', stateOf([pod({ phase: 'Pending' })]), { kind: 'waiting', pod: 'web-release-0a1b-x' }],
  [
    'the pod of another Job is none of its own',
    stateOf([pod(container({ running: {} }), { of: 'other' })]),
    { kind: 'waiting' },
  ],
  [
    'it runs',
    stateOf([pod(container({ running: { startedAt: STARTED } }))]),
    { kind: 'running', pod: 'web-release-0a1b-x', startedAt: Date.parse(STARTED) },
  ],
  [
    'it has ended well',
    stateOf([pod(container({ terminated: { exitCode: 0, reason: 'Completed' } }))]),
    { kind: 'ended', pod: 'web-release-0a1b-x', exitCode: 0, oomKilled: false },
  ],
  [
    'it has failed: its own code goes before the words of its Job',
    stateOf([pod({ phase: 'Failed', ...container({ terminated: { exitCode: 3, reason: 'Error' } }) })], FAILED),
    { kind: 'ended', pod: 'web-release-0a1b-x', exitCode: 3, oomKilled: false },
  ],
  [
    'the kernel has ended it',
    stateOf([pod(container({ terminated: { exitCode: 137, reason: 'OOMKilled' } }))]),
    { kind: 'ended', pod: 'web-release-0a1b-x', exitCode: 137, oomKilled: true },
  ],
  [
    'its pod was evicted',
    stateOf([pod({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' })]),
    { kind: 'taken', why: 'The node was low on resource: memory' },
  ],
  ['its pod was removed', stateOf([], FAILED), { kind: 'taken', why: 'Job has reached the specified backoff limit' }],
  [
    'the first of two pods counts, should there ever be a second',
    stateOf([
      pod(container({ running: { startedAt: STARTED } }), { name: 'second', at: '2026-12-01T12:00:09Z' }),
      pod(container({ terminated: { exitCode: 0 } }), { name: 'first' }),
    ]),
    { kind: 'ended', pod: 'first', exitCode: 0, oomKilled: false },
  ],
  [
    'a container beside it has ended: that says nothing of the command',
    stateOf([pod(container({ terminated: { exitCode: 1 } }, 'proxy'))]),
    { kind: 'waiting', pod: 'web-release-0a1b-x' },
  ],
])('%s [D1][B19]', (_, state, expected) => expect(state).toEqual(expected));

describe('a command that cannot begin', () => {
  test('for want of its program, or of its image [D1][B19]', () => {
    const end = { exitCode: 128, reason: 'StartError', message: 'exec: "migrate": executable file not found in $PATH' };
    expect(stateOf([pod(container({ terminated: end }))])).toEqual({
      kind: 'waiting',
      pod: 'web-release-0a1b-x',
      trouble: {
        isLasting: true,
        type: 'InvalidConfiguration',
        message:
          'web-release-0a1b-x cannot start its container: exec: "migrate": executable file not found in $PATH. Check run.command and the image\'s own command.',
      },
    });
    expect(stateOf([pod(container({ waiting: { reason: 'ErrImagePull', message: 'not found' } }))])).toMatchObject({
      trouble: { isLasting: true, type: 'ImageNotFound' },
    });
  });

  test('because the cluster makes no pod for it: in the words of its event [D1][B19]', () => {
    const event = {
      reason: 'FailedCreate',
      message: 'Error creating: pods "x" is forbidden: exceeded quota: small',
      involvedObject: { kind: 'Job', name: 'web-release-0a1b' },
    } as unknown as CoreV1Event;
    expect(stateOf([], [], [event])).toMatchObject({
      kind: 'waiting',
      trouble: {
        isLasting: false,
        type: 'EngineRefused',
        message: expect.stringMatching(/makes no pod for it: .*exceeded quota: small\. Raise/),
      },
    });
  });
});
