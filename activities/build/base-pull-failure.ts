/** Names why a base image could not be pulled. Podman has no codes for it, so its words are matched (4.3 to 5.x). */
import { failure } from '../../contracts/core/failures.ts';
import { diskFull, noRoomIn } from './disk-full.ts';

/** Its registry may be full, restarting, throttling or out of reach for a moment. */
const PASSING = [
  /(?:status(?: code)?(?: from registry)?:?|unexpected HTTP status:?) (?:408|429|5\d\d)\b/i,
  /too many requests|toomanyrequests|service unavailable|bad gateway|gateway time-?out|internal server error/i,
  /connection (?:refused|reset|timed out)|broken pipe|no route to host|network is unreachable|host is down/i,
  /i\/o timeout|tls handshake timeout|context deadline exceeded|client\.timeout|timed? ?out (?:awaiting|waiting|exceeded)/i,
  /\bEOF\b|server closed idle connection|stream error|GOAWAY|connection lost/,
  /temporary failure in name resolution|server misbehaving|no such host/i,
];
/** Only what the engine says about a pull counts: a step that curl failed in is the step's own failure. */
const ABOUT_PULL =
  /^(?:creating build container: )?(?:initializing source|parsing image configuration|copying system image|writing blob|reading blob|determining manifest|reading manifest|pinging container registry|Error fetching blob)/i;

/** Long enough for a registry to be back, short enough for a waiting person. */
const RETRY_MS = 15_000;

const isPassing = (words: string): boolean => PASSING.some((one) => one.test(words));

/** The failure for a base image that could not be pulled. */
export function basePullFailure(name: string, words: string) {
  const noRoom = noRoomIn([words]);
  if (noRoom !== undefined) return diskFull(noRoom);
  const said = `The base image ${name} could not be pulled: ${words.trim().slice(0, 600)}.`;
  if (isPassing(words)) return unavailable(said);
  return failure('BuildFailed', `${said} ${advice(words)}`);
}

/** The engine's own pull failed: see {@link basePullFailure}. `undefined` when its words are about something else. */
export function enginePullFailure(words: string) {
  if (!ABOUT_PULL.test(words) || !isPassing(words)) return undefined;
  return unavailable(`A base image could not be pulled: ${words.trim().slice(0, 600)}.`);
}

const unavailable = (said: string) =>
  failure('RegistryUnavailable', `${said} It will be tried again in ${RETRY_MS / 1_000} s.`, {
    retryAfterMs: RETRY_MS,
  });

function advice(words: string): string {
  if (/unauthorized|denied|forbidden|status code from registry 40[13]|authentication required/i.test(words)) {
    return 'Give the password of its registry (LANDFALL_REGISTRY_AUTH_FILE, or podman login on the build host), or correct the name in the Dockerfile.';
  }
  return 'Correct the name in the Dockerfile, or push the image.';
}
