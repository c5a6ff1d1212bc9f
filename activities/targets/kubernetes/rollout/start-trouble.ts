/** The reasons why a node cannot create or start a container, by the words of the kubelet and of the runtime under it. */
import { FailureType } from '../../../../contracts/core/failures.ts';
import { foreignWords } from './trouble.ts';

type Meaning = readonly [pattern: RegExp, type: FailureType, advice: string];

const { EngineRefused, InvalidConfiguration, Unhealthy } = FailureType;

/** In this order: the first that fits says the most. */
const MEANINGS: readonly Meaning[] = [
  [
    /runAsNonRoot|non-root/i,
    InvalidConfiguration,
    'Pods do not run as root: let the Dockerfile end with a USER in numbers, such as USER 10001, or set "runAsUser" of the service in landfall.yaml.',
  ],
  [
    /(secret|configmap) ".*" not found|couldn't find key/i,
    Unhealthy,
    'Landfall made it, so it was taken away meanwhile; it is made again.',
  ],
  [
    /exec format error/i,
    InvalidConfiguration,
    "Build the image for the nodes' processor, and begin scripts with a line such as #!/bin/sh.",
  ],
  [
    /exec:? .*permission denied|permission denied.*exec/i,
    InvalidConfiguration,
    'Make the program executable in the Dockerfile (RUN chmod +x …), for the user that it runs as.',
  ],
  [
    /operation not permitted/i,
    InvalidConfiguration,
    'The program has rights in its file (setcap) that pods are not given: remove them in the Dockerfile.',
  ],
  [
    /executable file not found|no such file or directory|no command specified/i,
    InvalidConfiguration,
    "Check run.command and the image's own command.",
  ],
  [
    /unable to find (user|group)|no matching entries in (passwd|group)|no users found/i,
    InvalidConfiguration,
    "Name a user in the Dockerfile's USER by its number.",
  ],
  [/argument list too long/i, InvalidConfiguration, 'Put what is large into a file or a bucket.'],
  [
    /memory limit|minimum memory|OOM-killed|container init was OOM/i,
    InvalidConfiguration,
    'Raise "resources.limits.memory" of the service, or run.memory.',
  ],
  [
    /deadline exceeded|timed? ?out|name .* is reserved|too many open files|temporarily/i,
    Unhealthy,
    'It is tried again.',
  ],
];

const OTHERWISE: Meaning = [/./, EngineRefused, "Check the image, and the container runtime of the pod's node."];

/** @param name - of the pod */
export function startMessage(name: string, words: string): { readonly type: FailureType; readonly message: string } {
  const [, type, advice] = MEANINGS.find(([pattern]) => pattern.test(words)) ?? OTHERWISE;
  return { type, message: `${name} cannot start its container: ${foreignWords(words)}. ${advice}` };
}
