/**
 * The lives of pods on simulated nodes, as stages of kwok (kwok.sigs.k8s.io, "Stages"). A pod lives well unless the
 * name of its image's repository ends in one of {@link ENDINGS}: the product needs no word that is for tests only.
 */

/** The last part of an image's repository says what becomes of its pods. */
export const ENDINGS = {
  /** Ends with code 1 at every start. */
  crash: '-crash',
  /** Is ended at every start, for it takes too much memory. */
  oom: '-oom',
  /** Runs, and is never ready. */
  unready: '-unready',
  /** Takes three seconds to become ready. */
  slow: '-slow',
  /** The registry does not have the image. */
  nopull: '-nopull',
  /** The registry refuses who asks. */
  denied: '-denied',
  /** The registry does not answer. */
  away: '-away',
  /** A job of it ends with code 1. */
  fail: '-fail',
  /** A job of it does not end. */
  hang: '-hang',
} as const;

/** The condition of a pod whose program listens and has passed its readiness probe: see pod-network.ts. */
export const SERVES = 'landfall.test/Serves';

const SLOW_MS = 3_000;
const RESTART_MS = 2_000;

interface Match {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values?: readonly string[];
}

/** Has a container whose repository ends so: jq. */
const images = (...endings: readonly string[]): string =>
  `.spec.containers.[] | select(.image | test("(${endings.join('|')})(:[^/@]*)?(@.*)?$")) | .name`;
const of = (...endings: readonly string[]): Match => ({ key: images(...endings), operator: 'Exists' });
const notOf = (...endings: readonly string[]): Match => ({ key: images(...endings), operator: 'DoesNotExist' });
const ALIVE: Match = { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' };
const PENDING: Match = { key: '.status.phase', operator: 'In', values: ['Pending'] };
const RUNNING: Match = { key: '.status.phase', operator: 'In', values: ['Running'] };
/** The pod's containers have no status yet. */
const NEW: Match = { key: '.status.containerStatuses', operator: 'DoesNotExist' };
const JOB: Match = { key: '.metadata.ownerReferences.[] | select(.kind == "Job") | .name', operator: 'Exists' };

const HAS_PORTS: Match = { key: '.spec.containers.[] | .ports.[]? | .containerPort', operator: 'Exists' };
const conditionIs = (type: string, operator: 'In' | 'NotIn'): Match => ({
  key: `.status.conditions.[]? | select(.type == "${type}") | .status`,
  ...{ operator, values: ['True'] },
});

const NEVER_RUNS = [ENDINGS.nopull, ENDINGS.denied, ENDINGS.away, ENDINGS.crash, ENDINGS.oom];

/** The image's own digest; one that is as good as any for a tag. */
const IMAGE = `image: {{ .image | Quote }}
  imageID: {{ if contains "@" .image }}{{ .image | Quote }}{{ else }}{{ printf "%s@sha256:%s" .image (sha256sum .image) | Quote }}{{ end }}
  name: {{ .name | Quote }}`;
/** Each reading of it takes another one. */
const ADDRESS = `
{{ $addresses := PodIPsWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) }}
{{ with $addresses }}
podIP: {{ index . 0 | Quote }}
podIPs:
{{ range . }}
- ip: {{ . | Quote }}
{{ end }}
{{ end }}
hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
startTime: {{ or .status.startTime Now | Quote }}`;

function conditions(ready: boolean): string {
  const of = (type: string, status: string, reason = '') =>
    `- { lastTransitionTime: {{ Now | Quote }}, status: ${JSON.stringify(status)}, type: ${type}${reason} }`;
  const why = ready
    ? ''
    : ', reason: ContainersNotReady, message: "containers with unready status: [{{ range .spec.containers }}{{ .name }} {{ end }}]"';
  const now = ready ? 'True' : 'False';
  return ['conditions:', of('Initialized', 'True'), of('Ready', now, why), of('ContainersReady', now, why)].join('\n');
}

/** @param container - what is said of each of them, indented by two */
const status = (phase: string, ready: boolean, container: string, more = ''): string => `${conditions(ready)}
containerStatuses:
{{ range $index, $container := .spec.containers }}
{{ with $container }}
- ${IMAGE}
  ready: ${ready}
${container}
{{ end }}
{{ end }}
phase: ${phase}${more}`;

const RUNS = `  restartCount: 0
  started: true
  state: { running: { startedAt: {{ Now | Quote }} } }`;
const WAITS = (reason: string, message = '""') => `  restartCount: 0
  started: false
  state: { waiting: { reason: ${reason}, message: ${message} } }`;
/** The container was started once more, and ended once more. */
const FALLS = (reason: string, exitCode: number) => `  restartCount: {{ $restarts }}
  started: false
  state: { waiting: { reason: CrashLoopBackOff, message: {{ printf "back-off 10s restarting failed container=%s pod=%s_%s(%s)" .name $root.metadata.name $root.metadata.namespace $root.metadata.uid | Quote }} } }
  lastState: { terminated: { exitCode: ${exitCode}, reason: ${reason}, startedAt: {{ Now | Quote }}, finishedAt: {{ Now | Quote }} } }`;
const COUNT = `{{ $root := . }}
{{ $restarts := 1 }}
{{ with .status.containerStatuses }}{{ $restarts = add1 (index . 0).restartCount }}{{ end }}
`;
const ENDS = (reason: string, exitCode: number) => `  restartCount: 0
  started: false
  state: { terminated: { exitCode: ${exitCode}, reason: ${reason}, startedAt: {{ Now | Quote }}, finishedAt: {{ Now | Quote }} } }`;

interface Next {
  readonly statusTemplate?: string;
  readonly delete?: boolean;
  readonly event?: { readonly type: string; readonly reason: string; readonly message: string };
}

const stage = (name: string, matchExpressions: readonly Match[], next: Next, delayMs = 0, kind = 'Pod'): object => ({
  ...{ apiVersion: 'kwok.x-k8s.io/v1alpha1', kind: 'Stage', metadata: { name } },
  spec: {
    resourceRef: { apiGroup: 'v1', kind },
    selector: { matchExpressions },
    ...(delayMs > 0 && { delay: { durationMilliseconds: delayMs } }),
    next,
  },
});

/** A container that ends at each start is started again, ever and again. */
const falling = (name: string, ending: string, reason: string, exitCode: number): object[] => {
  const next = (more: string): Next => ({
    statusTemplate: COUNT + status('Running', false, FALLS(reason, exitCode), more),
    event: { type: 'Warning', reason: 'BackOff', message: 'Back-off restarting failed container' },
  });
  return [
    stage(`${name}-first`, [ALIVE, PENDING, of(ending)], next(ADDRESS)),
    stage(`${name}-again`, [ALIVE, RUNNING, of(ending)], next(''), RESTART_MS),
  ];
};

/** The words are containerd's. */
const pulling = (name: string, ending: string, why: string): object => {
  const image = '{{ (index .spec.containers 0).image }}';
  const message = `'Back-off pulling image "${image}": ErrImagePull: failed to pull and unpack image "${image}": ${why.replaceAll('IMAGE', image)}'`;
  return stage(name, [ALIVE, PENDING, NEW, of(ending)], {
    statusTemplate: status(
      'Pending',
      false,
      WAITS('ImagePullBackOff', message.replaceAll('(index .spec.containers 0)', '(index $.spec.containers 0)')),
      ADDRESS,
    ),
    event: { type: 'Warning', reason: 'Failed', message: 'Error: ImagePullBackOff' },
  });
};

const NODE_READY = `
conditions:
{{ range NodeConditions }}
- { lastHeartbeatTime: {{ Now | Quote }}, lastTransitionTime: {{ Now | Quote }}, message: {{ .message | Quote }}, reason: {{ .reason | Quote }}, status: {{ .status | Quote }}, type: {{ .type | Quote }} }
{{ end }}
phase: Running`;

export const STAGES: readonly object[] = [
  stage(
    'node',
    [{ key: '.status.conditions.[] | select(.type == "Ready") | .status', operator: 'NotIn', values: ['True'] }],
    { statusTemplate: NODE_READY },
    0,
    'Node',
  ),
  stage('slow', [ALIVE, PENDING, NEW, of(ENDINGS.slow)], {
    statusTemplate: status('Pending', false, WAITS('ContainerCreating')),
  }),
  ...[true, false].flatMap((hasPorts) => {
    const name = hasPorts ? 'runs' : 'runs-without-port';
    const runs: Next = { statusTemplate: status('Running', !hasPorts, RUNS, ADDRESS) };
    const ports: Match = { ...HAS_PORTS, operator: hasPorts ? 'Exists' : 'DoesNotExist' };
    return [
      stage(name, [ALIVE, PENDING, ports, notOf(...NEVER_RUNS, ENDINGS.slow)], runs),
      stage(`${name}-slowly`, [ALIVE, PENDING, { ...NEW, operator: 'Exists' }, ports, of(ENDINGS.slow)], runs, SLOW_MS),
    ];
  }),
  stage('ready', [ALIVE, RUNNING, conditionIs(SERVES, 'In'), conditionIs('Ready', 'NotIn'), notOf(ENDINGS.unready)], {
    statusTemplate: status('Running', true, RUNS),
  }),
  ...falling('crash', ENDINGS.crash, 'Error', 1),
  ...falling('oom', ENDINGS.oom, 'OOMKilled', 137),
  pulling('nopull', ENDINGS.nopull, 'failed to resolve reference "IMAGE": IMAGE: not found'),
  pulling(
    'denied',
    ENDINGS.denied,
    'failed to resolve reference "IMAGE": unexpected status from HEAD request: 401 Unauthorized',
  ),
  pulling(
    'away',
    ENDINGS.away,
    'failed to resolve reference "IMAGE": failed to do request: dial tcp: connect: connection refused',
  ),
  stage('job-succeeds', [ALIVE, RUNNING, JOB, notOf(...NEVER_RUNS, ENDINGS.fail, ENDINGS.hang)], {
    statusTemplate: status('Succeeded', false, ENDS('Completed', 0)),
  }),
  stage('job-fails', [ALIVE, RUNNING, JOB, of(ENDINGS.fail)], {
    statusTemplate: status('Failed', false, ENDS('Error', 1)),
  }),
  stage('deleted', [{ ...ALIVE, operator: 'Exists' }], { delete: true }),
];
