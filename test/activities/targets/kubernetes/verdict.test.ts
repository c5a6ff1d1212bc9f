/** Objects as the API server, the kubelet and containerd write them. Those of a real control plane: rollout.test.ts. */
import type { CoreV1Event, V1Deployment, V1Pod, V1ReplicaSet } from '@kubernetes/client-node';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { rolloutVerdict } from '../../../../activities/targets/kubernetes/rollout/verdict.ts';

const NOW = Date.parse('2026-12-01T12:00:00Z');
const IMAGE = 'registry.test:4040/denied/not-found@sha256:abab';
const REVISION = 'deployment.kubernetes.io/revision';

interface Counts {
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly observedGeneration?: number;
}
interface Shape {
  readonly counts?: Counts;
  readonly generation?: number;
  readonly wanted?: number;
  readonly paused?: boolean;
  readonly conditions?: readonly object[];
}

const deployment = ({ counts = {}, generation = 4, wanted = 2, paused, conditions = [] }: Shape = {}): V1Deployment =>
  ({
    metadata: { name: 'web', uid: 'deployment', generation, annotations: { [REVISION]: '3' } },
    spec: { replicas: wanted, ...(paused && { paused }) },
    status: { observedGeneration: 4, ...counts, conditions },
  }) as unknown as V1Deployment;

const replicaSet = (revision: string, conditions: readonly object[] = []): V1ReplicaSet =>
  ({
    metadata: {
      name: `web-${revision}`,
      uid: `set-${revision}`,
      annotations: { [REVISION]: revision },
      ownerReferences: [{ kind: 'Deployment', controller: true, uid: 'deployment' }],
    },
    status: { conditions },
  }) as unknown as V1ReplicaSet;

const pod = (status: object, { set = 'set-3', name = 'web-3-x', ...more } = {}): V1Pod =>
  ({
    metadata: { name, uid: name, ownerReferences: [{ kind: 'ReplicaSet', controller: true, uid: set }], ...more },
    spec: {
      nodeName: 'node-1',
      containers: [{ name: 'web', image: IMAGE, resources: { limits: { memory: '64Mi' } } }],
    },
    status,
  }) as unknown as V1Pod;

const waiting = (reason: string, message = '', more: object = {}) =>
  pod({ containerStatuses: [{ name: 'web', restartCount: 3, state: { waiting: { reason, message } }, ...more }] });
const crashed = (terminated: object) => waiting('CrashLoopBackOff', 'back-off 10s', { lastState: { terminated } });
const warning = (reason: string, message: string, more: object = {}): CoreV1Event =>
  ({
    type: 'Warning',
    reason,
    message,
    involvedObject: { kind: 'Pod', name: 'web-3-x', uid: 'web-3-x' },
    lastTimestamp: '2026-12-01T11:59:00Z',
    ...more,
  }) as unknown as CoreV1Event;

const BEGUN = { replicas: 3, updatedReplicas: 1, readyReplicas: 2, availableReplicas: 2 };
const DONE = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };

interface Scene extends Shape {
  readonly sets?: readonly V1ReplicaSet[];
  readonly pods?: readonly V1Pod[];
  readonly events?: readonly CoreV1Event[];
  readonly late?: boolean;
}
const verdict = ({ sets = [replicaSet('2'), replicaSet('3')], pods = [], events = [], late, ...shape }: Scene) =>
  rolloutVerdict({
    deployment: deployment({ counts: BEGUN, ...shape }),
    replicaSets: sets,
    pods,
    events,
    now: NOW,
    deadline: late ? NOW : NOW + 60_000,
  });

describe('the counts', () => {
  test('all of the new version, ready, for long enough, and none of an older one: done [D1]', () => {
    expect(verdict({ counts: DONE })).toEqual({ kind: 'done' });
    expect(verdict({ counts: DONE, late: true })).toEqual({ kind: 'done' });
  });

  test.each([
    [
      'the controller has not seen the change',
      { ...DONE, observedGeneration: 3 },
      'The cluster has not begun with Deployment web yet.',
    ],
    [
      'a pod of the new version is missing',
      { ...DONE, updatedReplicas: 1 },
      '1 of 2 pods of web are of the new version.',
    ],
    ['an older pod is there', { ...DONE, replicas: 3 }, '1 pods of web are of an older version, and on their way out.'],
    ['one is not ready', { ...DONE, readyReplicas: 1 }, '1 of 2 pods of web are ready.'],
    [
      'one has been ready for a moment only',
      { ...DONE, availableReplicas: 1 },
      '1 of 2 pods of web have been ready for long enough.',
    ],
    ['nothing is known', {}, '0 of 2 pods of web are of the new version.'],
  ])('%s: it waits, and says why [D1]', (_, counts, why) => {
    expect(verdict({ counts })).toEqual({ kind: 'waiting', why });
  });

  test('never done unless they hold [D1]', () => {
    const few = fc.nat({ max: 4 });
    const counts = fc.record({
      replicas: few,
      updatedReplicas: few,
      readyReplicas: few,
      availableReplicas: few,
      observedGeneration: fc.nat({ max: 5 }),
    });
    const pods = fc.array(
      fc.constantFrom(
        waiting('ErrImagePull', 'not found'),
        crashed({ exitCode: 1 }),
        pod({ phase: 'Failed' }),
        pod({}),
      ),
    );
    fc.assert(
      fc.property(counts, few, pods, fc.boolean(), (said, wanted, there, late) => {
        const isDone = verdict({ counts: said, wanted, pods: there, late }).kind === 'done';
        const holds =
          said.observedGeneration >= 4 &&
          said.updatedReplicas >= wanted &&
          said.replicas <= said.updatedReplicas &&
          said.readyReplicas >= wanted &&
          said.availableReplicas >= wanted;
        expect(isDone).toBe(holds);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a pod that cannot pull its image', () => {
  const cause = (why: string) =>
    `Back-off pulling image "${IMAGE}": ErrImagePull: failed to pull and unpack image "${IMAGE}": ${why}`;
  test.each([
    [
      'not there',
      `failed to resolve reference "${IMAGE}": ${IMAGE}: not found`,
      'ImageNotFound',
      'Build the commit again.',
    ],
    [
      'not there, in the words of Docker',
      'manifest unknown: manifest unknown',
      'ImageNotFound',
      'Build the commit again.',
    ],
    [
      'refused',
      'failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized',
      'RegistryRefused',
      'Give the cluster access',
    ],
    [
      'refused, in the words of Docker Hub',
      'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
      'RegistryRefused',
      'Give the cluster access',
    ],
    [
      'of another processor',
      `no match for platform in manifest: not found`,
      'InvalidConfiguration',
      "Build the image for the nodes' processor, too.",
    ],
    [
      'out of reach',
      'failed to do request: Head "https://registry.test/v2/": dial tcp 203.0.113.7:443: connect: connection refused',
      'RegistryUnavailable',
      'Check that the registry runs',
    ],
    [
      'slowed down',
      'unexpected status from HEAD request: 429 Too Many Requests',
      'RegistryUnavailable',
      'Check that the registry runs',
    ],
    [
      'behind a foreign certificate',
      'tls: failed to verify certificate: x509: certificate signed by unknown authority',
      'RegistryRefused',
      'Give the registry a certificate that the nodes trust',
    ],
    [
      'too large for the node',
      'write /var/lib/containerd/x: no space left on device',
      'DiskFull',
      'Free some space on the node.',
    ],
  ])('%s [D1]', (_, why, type, advice) => {
    expect(verdict({ pods: [waiting('ImagePullBackOff', cause(why))] })).toEqual({
      kind: 'failed',
      type,
      message: expect.stringMatching(/^web-3-x cannot pull its image: /),
      pod: 'web-3-x',
      container: 'web',
    });
    expect(verdict({ pods: [waiting('ErrImagePull', why)] })).toMatchObject({
      message: expect.stringContaining(`${why}. ${advice}`),
    });
  });

  test('an older kubelet tells the cause by an event, also that a pull secret is missing [D1]', () => {
    const pods = [waiting('ImagePullBackOff', `Back-off pulling image "${IMAGE}"`)];
    const events = [
      warning('Failed', 'Failed to pull image "x": connection refused', { lastTimestamp: '2026-12-01T11:50:00Z' }),
      warning('Failed', 'Failed to pull image "x": 403 Forbidden', {
        lastTimestamp: null,
        series: { lastObservedTime: '2026-12-01T11:59:30.000000Z' },
      }),
      warning('Failed', 'Error: ImagePullBackOff'),
      warning('Failed', 'Failed to pull image "x": not found', { involvedObject: { kind: 'Pod', name: 'other' } }),
      warning('FailedToRetrieveImagePullSecret', 'Unable to retrieve some image pull secrets (regcred)'),
    ];
    expect(verdict({ pods, events })).toMatchObject({
      type: 'RegistryRefused',
      message: expect.stringMatching(
        /: Failed to pull image "x": 403 Forbidden\. Unable to retrieve .*\(regcred\)\. Give/,
      ),
    });
    expect(verdict({ pods })).toMatchObject({
      type: 'RegistryUnavailable',
      message: expect.stringContaining('the node does not say why'),
    });
  });
});

describe('a pod that cannot start', () => {
  test.each([
    [
      'CreateContainerConfigError',
      'container has runAsNonRoot and image will run as root (pod: "web")',
      'InvalidConfiguration',
      'USER 10001',
    ],
    [
      'CreateContainerConfigError',
      'container has runAsNonRoot and image has non-numeric user (web), cannot verify user is non-root',
      'InvalidConfiguration',
      'USER 10001',
    ],
    ['CreateContainerConfigError', 'secret "web-secrets-3-0a1b2c3d" not found', 'Unhealthy', 'it is made again'],
    [
      'CreateContainerError',
      'failed to generate container "x" spec: no command specified',
      'InvalidConfiguration',
      'run.command',
    ],
    [
      'RunContainerError',
      'failed to create containerd task: OCI runtime create failed: exec: "srv": executable file not found in $PATH',
      'InvalidConfiguration',
      'run.command',
    ],
    ['RunContainerError', 'exec /srv: exec format error', 'InvalidConfiguration', "nodes' processor"],
    ['CreateContainerError', 'context deadline exceeded', 'Unhealthy', 'It is tried again.'],
    ['CreateContainerError', 'something else', 'EngineRefused', 'container runtime'],
  ])('%s: %s [D1]', (reason, message, type, advice) => {
    expect(verdict({ pods: [waiting(reason, message)] })).toMatchObject({
      kind: 'failed',
      type,
      message: expect.stringContaining(advice),
      pod: 'web-3-x',
    });
  });

  test('the runtime says so by an end that was none of the program [D1]', () => {
    const end = { reason: 'StartError', exitCode: 128, message: 'exec: "srv": stat srv: no such file or directory' };
    expect(verdict({ pods: [crashed(end)] })).toMatchObject({
      type: 'InvalidConfiguration',
      message: expect.stringMatching(/cannot start its container: .*no such file.*run\.command/),
    });
  });
});

describe('a pod that ends', () => {
  test('at each start: its code, and how often [D1]', () => {
    expect(verdict({ pods: [crashed({ exitCode: 3, reason: 'Error' })] })).toEqual({
      kind: 'failed',
      type: 'ContainerExited',
      message:
        'The container "web" of web-3-x ends at each start, and was started again 3 times: it exited with code 3.',
      pod: 'web-3-x',
      container: 'web',
    });
  });

  test('for want of memory: its limit, and what to raise [D1]', () => {
    expect(verdict({ pods: [crashed({ exitCode: 137, reason: 'OOMKilled' })] })).toMatchObject({
      type: 'ContainerExited',
      message: expect.stringMatching(/its limit of 64Mi\. Raise "resources\.limits\.memory"/),
    });
  });

  test('once, and runs again: it is given its time [D1]', () => {
    const again = pod({
      containerStatuses: [
        { name: 'web', restartCount: 1, state: { running: {} }, lastState: { terminated: { exitCode: 1 } } },
      ],
    });
    expect(verdict({ pods: [again] }).kind).toBe('waiting');
  });

  test('in a container beside ours: that one is named [D1]', () => {
    const beside = pod({
      containerStatuses: [
        { name: 'web', state: { running: {} } },
        {
          name: 'proxy',
          restartCount: 1,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode: 2 } },
        },
      ],
    });
    expect(verdict({ pods: [beside] })).toMatchObject({
      container: 'proxy',
      message: expect.stringContaining('"proxy"'),
    });
  });
});

describe('trouble that may pass is waited for, and told when the time is over', () => {
  const unready = {
    conditions: [{ type: 'Ready', status: 'False' }],
    containerStatuses: [{ name: 'web', state: { running: {} } }],
  };
  test.each([
    [
      'no room',
      pod({
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/3 nodes are available: 3 Insufficient memory.',
          },
        ],
      }),
      [],
      'EngineRefused',
      'No node takes web-3-x: 0/3 nodes are available: 3 Insufficient memory. Add room to the cluster, or ask for less in "resources" of the service in landfall.yaml.',
    ],
    [
      'not ready',
      pod(unready),
      [warning('Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503')],
      'Unhealthy',
      'web-3-x runs and is not ready: Readiness probe failed: HTTP probe failed with statuscode: 503. Check "health" in landfall.yaml, and read what the service says in the deployment\'s log.',
    ],
    [
      'a volume that cannot be mounted',
      pod({
        conditions: [{ type: 'Ready', status: 'False' }],
        containerStatuses: [{ name: 'web', state: { waiting: { reason: 'ContainerCreating' } } }],
      }),
      [warning('FailedMount', 'MountVolume.SetUp failed for volume "tmp": no such device')],
      'Unhealthy',
      'The node cannot begin with web-3-x: MountVolume.SetUp failed for volume "tmp": no such device. Look at the node and its volumes and network.',
    ],
    [
      'evicted',
      pod({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory. ' }),
      [],
      'EngineRefused',
      'web-3-x was evicted from its node: The node was low on resource: memory. Set "resources.requests" of the service in landfall.yaml to what it needs, or give the node more.',
    ],
    [
      'a node that does not answer',
      pod({ conditions: [{ type: 'Ready', status: 'False', reason: 'NodeStatusUnknown' }] }),
      [],
      'Unhealthy',
      'Node node-1, on which web-3-x runs, does not answer the cluster. Look at that node.',
    ],
    [
      'ended by its node',
      pod({
        phase: 'Failed',
        reason: 'Terminated',
        message: 'Pod was terminated in response to imminent node shutdown.',
      }),
      [],
      'Unhealthy',
      'web-3-x was ended by its node: Pod was terminated in response to imminent node shutdown. Look at that node.',
    ],
  ])('%s [D1]', (_, one, events, type, message) => {
    expect(verdict({ pods: [one], events })).toEqual({
      kind: 'waiting',
      why: `1 of 2 pods of web are of the new version. ${message}`,
    });
    const over = { kind: 'failed', type, message, retryable: false };
    expect(verdict({ pods: [one], events, late: true })).toMatchObject(over);
    const conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
    expect(verdict({ pods: [one], events, conditions })).toMatchObject(over);
  });

  test('with nothing to be seen the counts are told [D1]', () => {
    expect(verdict({ late: true })).toEqual({
      kind: 'failed',
      type: 'Unhealthy',
      message:
        "The rollout's time is over. 1 of 2 pods of web are of the new version. Look at the pods of the Deployment.",
      retryable: false,
    });
    expect(verdict({ counts: { observedGeneration: 3 }, late: true })).toMatchObject({
      message: expect.stringContaining('kube-controller-manager'),
      retryable: false,
    });
  });

  test('an end of the time that was of the version before is none of the new one [D1]', () => {
    const conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
    expect(verdict({ conditions, counts: { ...BEGUN, observedGeneration: 3 } }).kind).toBe('waiting');
  });

  test('what does not pass goes before what may [D1]', () => {
    expect(verdict({ pods: [pod(unready), waiting('ErrImagePull', 'not found')] })).toMatchObject({
      kind: 'failed',
      type: 'ImageNotFound',
    });
  });
});

describe('pods that the cluster does not make', () => {
  const failing = (message: string, lastTransitionTime = '2026-12-01T11:59:00Z') =>
    replicaSet('3', [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message, lastTransitionTime }]);
  const quota = 'pods "web-3-x" is forbidden: exceeded quota: small, requested: pods=1, used: pods=2, limited: pods=2';
  test.each([
    [quota, 'EngineRefused', 'Raise the quota'],
    [
      'pods "web-3-x" is forbidden: failed quota: small: must specify memory for: web',
      'InvalidConfiguration',
      'set "resources"',
    ],
    [
      'pods "web-3-x" is forbidden: violates PodSecurity "restricted:latest": privileged',
      'EngineRefused',
      'mutating webhooks',
    ],
    [
      'pods "web-3-x" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi',
      'InvalidConfiguration',
      'LimitRange',
    ],
    [
      'pods "web-3-x" is forbidden: error looking up service account shop/web: serviceaccount "web" not found',
      'InvalidConfiguration',
      'serviceAccount',
    ],
    ['admission webhook "policy.test" denied the request: no latest', 'EngineRefused', 'that webhook'],
    ['something else', 'EngineRefused', 'objects to'],
  ])('%s [D1]', (words, type, advice) => {
    expect(verdict({ sets: [failing(words)] })).toEqual({
      kind: 'failed',
      type,
      message: expect.stringMatching(/^The cluster makes no more pods of web-3: /),
    });
    expect(verdict({ sets: [failing(words)] })).toMatchObject({ message: expect.stringContaining(advice) });
  });

  test('a quota that is about to be freed is waited for [D1]', () => {
    const going = pod({}, { set: 'set-2', deletionTimestamp: '2026-12-01T11:59:59Z' } as never);
    expect(verdict({ sets: [failing(quota)], pods: [going] }).kind).toBe('waiting');
    expect(verdict({ sets: [failing(quota, '2026-12-01T11:59:58Z')] }).kind).toBe('waiting');
    expect(verdict({ sets: [failing(quota)], pods: [going], late: true })).toMatchObject({
      type: 'EngineRefused',
      retryable: false,
    });
  });

  test('trouble of an older version is none of the new one [D1]', () => {
    const conditions = [
      { type: 'ReplicaFailure', status: 'True', message: quota, lastTransitionTime: '2026-12-01T11:00:00Z' },
    ];
    const old = pod(
      {
        containerStatuses: [
          {
            name: 'web',
            restartCount: 9,
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            lastState: { terminated: { exitCode: 1 } },
          },
        ],
      },
      { set: 'set-2' },
    );
    const going = pod({ phase: 'Failed' }, { deletionTimestamp: '2026-12-01T11:59:59Z' } as never);
    expect(verdict({ sets: [replicaSet('2', conditions), replicaSet('3')], pods: [old, going] })).toEqual({
      kind: 'waiting',
      why: '1 of 2 pods of web are of the new version.',
    });
  });
});

test('a Deployment that was paused by hand says how it goes on [D1]', () => {
  expect(verdict({ paused: true })).toEqual({
    kind: 'failed',
    type: 'EngineRefused',
    message: 'Deployment web is paused. Let it go on with "kubectl rollout resume deployment/web".',
  });
});

test('words of others are cut, in one line, and never in the middle of a character [D1]', () => {
  const words = `\u{1F600}${'\n\u{1F600}'.repeat(2_000)}`;
  const { message } = verdict({ pods: [waiting('CreateContainerError', words)] }) as { message: string };
  expect(message.length).toBeLessThan(1_300);
  expect(message.isWellFormed()).toBe(true);
  expect(message).not.toContain('\n');
});
