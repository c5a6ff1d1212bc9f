/**
 * The words with which Podman, and the runtime under it, refuse to create or start a container, and what follows from
 * them. Podman answers 500 to nearly all of it, so the words decide. They are those of Podman 4.3 with runc and crun;
 * test/activities/targets/podman/refusals.test.ts gets each from the real engine.
 */
import { FailureType, failure } from '../../../contracts/core/failures.ts';
import type { PodmanError } from '../../podman/client.ts';
import { NO_SPACE, engineFailure, short } from './failures.ts';

type Refusal = readonly [pattern: RegExp, type: FailureType, advice: string];

const { DiskFull, EngineRefused, InvalidConfiguration, PortTaken } = FailureType;

/** The kernel or the engine is short of something for the moment: the same call may succeed. */
const PASSING =
  /resource temporarily unavailable|cannot allocate memory|too many open files|device or resource busy|text file busy|interrupted system call|deadline exceeded|timed? ?out|database is locked/i;

/** In this order: the first that fits says the most. */
const FINAL: readonly Refusal[] = [
  [
    /no command or entrypoint provided/i,
    InvalidConfiguration,
    'Give the image a CMD or ENTRYPOINT, or set run.command.',
  ],
  [
    /unable to find (user|group)|uids and gids must be in range|invalid user|no matching entries in (passwd|group)/i,
    InvalidConfiguration,
    "Name a user and group in the Dockerfile's USER that the image has, or their numbers.",
  ],
  [
    /exec format error/i,
    InvalidConfiguration,
    "Build the image for this host's processor, and begin scripts with a line such as #!/bin/sh.",
  ],
  [
    /exec:? ("[^"]*"|\S+): permission denied|open executable: permission denied/i,
    InvalidConfiguration,
    'Make the program executable in the Dockerfile (RUN chmod +x …), for the user that it runs as.',
  ],
  [
    /error mounting |mount .*(to rootfs|not a directory)|inside container: open \/dev|stat \/dev\//i,
    InvalidConfiguration,
    "Check the Dockerfile's VOLUME: it must name a folder, and no part of the system.",
  ],
  [
    /exec:? "[^"]*": |executable file .*not found|open executable|invoked? a command that was not found/i,
    InvalidConfiguration,
    "Check run.command and the image's own command.",
  ],
  [
    /workdir ".*" |chdir to cwd|mkdir .*: not a directory/i,
    InvalidConfiguration,
    "Let the Dockerfile's WORKDIR name a folder of the image.",
  ],
  [
    /unable to set memory limit|OOM-killed|memory\.(max|limit_in_bytes)|minimum memory limit/i,
    InvalidConfiguration,
    'Raise run.memory.',
  ],
  [/stop ?signal|invalid signal/i, InvalidConfiguration, "Check the Dockerfile's STOPSIGNAL."],
  [/image EXPOSE|port numbers must be between/i, InvalidConfiguration, "Check the Dockerfile's EXPOSE and run.port."],
  [
    /environment variable|argument list too long/i,
    InvalidConfiguration,
    'Check run.command and the variables: a process takes neither NUL characters nor so much at once.',
  ],
  [
    /bind: (cannot assign requested address|permission denied)/i,
    InvalidConfiguration,
    "Check the host's address, and publish a port from 1024 up where Podman is not root.",
  ],
  [/rlimit/i, EngineRefused, "Lower the engine's default_ulimits in containers.conf to what its own process may give."],
  [
    /unknown capability|apparmor|seccomp|selinux|network not found|invalid log driver|oci runtime .*not found|decode\(\): json/i,
    EngineRefused,
    "Check this host's Podman and its settings.",
  ],
];

/** The runtime's own verdict on one container: it says the same the next time. */
const RUNTIME = /^(runc|crun|[^ ]*oci[^ ]*): |OCI (runtime error|permission denied|runtime attempted)/i;

/**
 * The failure for a container that could not be created or started: final and with advice where the engine's words
 * say that repeating cannot help.
 */
export function startFailure(name: string, error: PodmanError) {
  const words = error.message;
  const said = `Podman could not start ${name}: ${short(words)}.`;
  if (NO_SPACE.test(words)) return failure(DiskFull, `${said} Free some space on this host.`);
  if (/address already in use/i.test(words)) {
    return failure(PortTaken, `${said} Stop what listens there, or publish another port.`);
  }
  if (PASSING.test(words)) return engineFailure(error);
  const [, type, advice] = FINAL.find(([pattern]) => pattern.test(words)) ?? [];
  if (type !== undefined) return failure(type, `${said} ${advice}`);
  if (!RUNTIME.test(words)) return engineFailure(error);
  return failure(EngineRefused, `${said} Check the image, and this host's container runtime.`);
}

/** The runtime's message, in the container's own log, when the kernel does not take the program: runc, crun. */
const NEVER_RAN =
  /^(?:\{"msg":")?exec (?:container process )?[`"]?(\S+?)[`"\\]*: (exec format error|no such file or directory|permission denied|argument list too long|invalid argument|not a directory|too many levels of symbolic links|is a directory)(?:"[,}].*)?$/i;

const NEVER_RAN_ADVICE: Readonly<Record<string, string>> = {
  'exec format error':
    "It is built for another processor, is empty, or is a script without a first line such as #!/bin/sh. Build the image for this host's processor, and begin scripts with one.",
  'no such file or directory':
    'The program is there, and what it is run by is not: the interpreter in the first line of a script (also one that ends in a carriage return), or the dynamic loader of a binary that was made for another system.',
  'argument list too long':
    'Its command and variables together are more than a process takes. Put what is large into a file or a bucket.',
};

/**
 * The failure for a container that was started and whose program never ran: its whole output is the runtime's refusal.
 *
 * @returns `undefined` for one that did run
 */
export function neverRan(name: string, lines: readonly string[]) {
  const said = lines.map((line) => NEVER_RAN.exec(line.trim()));
  const [first] = said;
  if (!first || said.includes(null)) return undefined;
  const [, program = '', reason = ''] = first;
  return notTaken(name, program, reason);
}

/** The failure for a program that the kernel does not take. @param reason - in the kernel's words */
export function notTaken(name: string, program: string, reason: string) {
  const advice = NEVER_RAN_ADVICE[reason.toLowerCase()] ?? "Check run.command and the image's own command.";
  return failure(InvalidConfiguration, `${name} could not run ${program}: ${reason.toLowerCase()}. ${advice}`);
}
