import { describe, expect, test } from '@jest/globals';
import { basePullFailure, enginePullFailure } from '../../../activities/build/base-pull-failure.ts';
import { failureOf } from '../../../contracts/core/failures.ts';

const PING = 'initializing source docker://r.example/a:1: pinging container registry r.example: ';
const GET = `${PING}Get "https://r.example/v2/": `;

/** Messages of Podman 4.3. */
const PASSING = [
  `${PING}invalid status code from registry 503 (Service Unavailable)`,
  `${PING}too many requests to registry`,
  `${GET}read tcp 10.0.0.1:54654->10.0.0.2:443: read: connection reset by peer`,
  `${GET}dial tcp 10.0.0.2:443: connect: connection refused`,
  `${GET}dial tcp 10.0.0.2:443: i/o timeout`,
  `${GET}net/http: TLS handshake timeout`,
  `${GET}dial tcp: lookup r.example on 10.0.0.53:53: server misbehaving`,
  `${GET}dial tcp: lookup r.example: Temporary failure in name resolution`,
  `${GET}context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
  `${GET}EOF`,
  'initializing source docker://r.example/a:1: reading manifest 1 in r.example/a: toomanyrequests: You have reached your pull rate limit',
  'initializing source docker://r.example/a:1: reading manifest 1 in r.example/a: received unexpected HTTP status: 502 Bad Gateway',
  'parsing image configuration: Error fetching blob: invalid status code from registry 504 (Gateway Timeout)',
  'parsing image configuration: unexpected EOF',
  'copying system image from manifest list: writing blob: storing blob to file "/var/tmp/x": stream error: stream ID 5; INTERNAL_ERROR',
];
const FINAL = [
  `${PING}invalid status code from registry 403 (Forbidden)`,
  `${PING}invalid status code from registry 404 (Not Found)`,
  'initializing source docker://r.example/a:1: reading manifest 1 in r.example/a: unauthorized: authentication required',
  'initializing source docker://r.example/a:1: reading manifest 1 in r.example/a: requested access to the resource is denied',
  'initializing source docker://r.example/a:1: reading manifest 1 in r.example/a: manifest unknown',
  'short-name "nosuch" did not resolve to an alias and no unqualified-search registries are defined',
];

describe('a base image that cannot be pulled', () => {
  test.each(PASSING)('is tried again: %s', (words) => {
    expect(failureOf(basePullFailure('r.example/a:1', words))?.type).toBe('RegistryUnavailable');
    expect(failureOf(enginePullFailure(`creating build container: ${words}`))?.type).toBe('RegistryUnavailable');
  });

  test.each(FINAL)('is final, with what to do: %s', (words) => {
    expect(failureOf(basePullFailure('r.example/a:1', words))).toEqual({
      type: 'BuildFailed',
      message: expect.stringMatching(/(?:podman login|Correct the name)/),
    });
    expect(enginePullFailure(`creating build container: ${words}`)).toBeUndefined();
  });

  test('a full disk is DiskFull', () => {
    const words = 'copying system image from manifest list: writing blob: write /var/x: no space left on device';

    expect(failureOf(basePullFailure('a', words))?.type).toBe('DiskFull');
  });
});

test.each([
  'building at STEP "RUN curl https://a": exit status 7: connection refused',
  'building at STEP "RUN apt-get update": exit status 100',
  'dockerfile parse error: unexpected EOF',
  'COPY --from=x: no stage or image found with that name',
])('what a step says is its own failure: %s', (words) => {
  expect(enginePullFailure(words)).toBeUndefined();
});
