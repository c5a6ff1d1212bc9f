/** A health check in landfall.yaml. */
import { describe, expect, test } from '@jest/globals';
import { readLandfallYaml } from '../../../contracts/config/landfall-yaml.ts';
import { serviceSettings } from '../../../contracts/config/settings.ts';
import { healthAttemptMs } from '../../../contracts/config/service.ts';

const read = (health: string) => readLandfallYaml(`version: 1\nservices:\n  web:\n    health: ${health}\n`);

function settings(health: string) {
  const result = read(health);
  const web = result.ok ? result.value.services['web'] : undefined;
  if (!web) throw new Error(JSON.stringify(result));
  return serviceSettings(web).health;
}

const problems = (health: string) => {
  const result = read(health);
  return result.ok ? [] : result.problems.map(({ path, message }) => `${path.split('.').at(-1)}: ${message}`);
};

describe('the Host header of a health check', () => {
  test.each([
    'shop.example.com',
    'shop.example.com.',
    'shop.example.com:8443',
    'localhost',
    'my_service',
    '10.0.0.7:80',
    '"[::1]:8080"',
    'xn--bcher-kva.example',
    `${'a'.repeat(63)}.example`,
  ])('may be %s [E6]', (host) => {
    expect(settings(`{ host: ${host} }`).host).toBe(host.replaceAll('"', ''));
  });

  test.each([
    ['a whole address', 'https://shop.example/', /no address with http:/],
    ['a second header', '"shop.example\\r\\nX-Admin: yes"', /in ASCII/],
    ['a header behind a line end', '"shop.example\\nX-Admin: yes"', /in ASCII/],
    ['a space', '"shop example"', /use a host name/],
    ['a tab', '"shop\\texample"', /in ASCII/],
    ['NUL', '"shop\\0"', /in ASCII/],
    ['letters beyond ASCII', 'bücher.example', /xn--/],
    ['nothing', '""', /use a host name/],
    ['a user', 'me@shop.example', /use a host name/],
    ['an empty label', 'shop..example', /use a host name/],
    ['a label that is too long', `${'a'.repeat(64)}.example`, /use a host name/],
    ['too much', `${'a.'.repeat(200)}a`, /253 characters at most/],
    ['much that nearly matches', `${'a'.repeat(250)}!`, /use a host name/],
    ['port 0', 'shop.example:0', /use a port from 1 to 65535/],
    ['a port that is none', 'shop.example:65536', /use a port from 1 to 65535/],
    ['a word as port', 'shop.example:http', /use a host name/],
  ])('is refused with %s [E6][F6]', (_name, host, words) => {
    expect(problems(`{ host: ${host} }`)).toEqual([expect.stringMatching(/^host: /)]);
    expect(problems(`{ host: ${host} }`)[0]).toMatch(words);
  });
});

describe('the text that a health answer has to hold', () => {
  test('is kept as it is written [E6]', () => {
    expect(settings(`{ expect: '"status":"ok" ✓' }`).expect).toBe('"status":"ok" ✓');
    expect(settings('{}')).not.toHaveProperty('expect');
  });

  test.each([
    ['nothing', '""'],
    ['blanks only', '"  "'],
    ['more than one line', '"a\\nb"'],
    ['half a character', '"\\uD800"'],
    ['too much', 'x'.repeat(257)],
  ])('is refused with %s [E6][F6]', (_name, text) => {
    expect(problems(`{ expect: ${text} }`)).toEqual([expect.stringMatching(/^expect: /)]);
  });
});

test.each(['tcp', 'container'])(
  'a check of kind %s neither sends a host nor reads a body, and says so [E6][F6]',
  (kind) => {
    expect(problems(`{ kind: ${kind}, host: shop.example, expect: ok }`)).toEqual([
      expect.stringMatching(/^host: .*kind: http/),
      expect.stringMatching(/^expect: .*kind: http/),
    ]);
  },
);

describe('how long a version has to stay healthy', () => {
  test('is asked for without anybody setting it, and each half has its default [E6]', () => {
    expect(settings('{}').stable).toEqual({ forMs: 5_000, successes: 3 });
    expect(settings('{ stable: { for: 1m } }').stable).toEqual({ forMs: 60_000, successes: 3 });
    expect(settings('{ stable: { for: 0s, successes: 1 } }').stable).toEqual({ forMs: 0, successes: 1 });
  });

  test.each([
    ['more than ten minutes', '{ for: 11m }', /^for: .*from 0s to 10m/],
    ['no time', '{ for: soon }', /^for: .*from 0s to 10m/],
    ['less than one check', '{ successes: 0 }', /^successes: /],
    ['too many checks', '{ successes: 21 }', /^successes: /],
    ['something else', '{ seconds: 5 }', /seconds/],
    ['a time alone', '5s', /^stable: /],
  ])('is refused with %s [E6][F6]', (_name, stable, words) => {
    expect(problems(`{ stable: ${stable} }`)).toEqual([expect.stringMatching(words)]);
  });

  test('is within the time that one attempt may take [E6]', () => {
    const of = (stable: string) => healthAttemptMs(settings(`{ timeout: 2s, stable: ${stable} }`));
    expect(of('{ for: 10m, successes: 1 }')).toBeGreaterThan(600_000);
    // Each of them may take its whole time.
    expect(of('{ for: 0s, successes: 20 }')).toBeGreaterThan(40_000);
  });
});
