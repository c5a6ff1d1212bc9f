import { describe, expect, test } from '@jest/globals';
import { readLandfallYaml, serviceSettings } from '../../contracts/landfall-yaml.ts';

const file = (release: string): string => `version: 1\nservices:\n  web:\n    release: ${release}\n`;

describe('the release command of a service', () => {
  test('is a command, with ten minutes unless it says otherwise [B19]', () => {
    for (const [text, timeoutMs] of [
      ['{ command: [npm, run, migrate] }', 600_000],
      ['{ command: [npm, run, migrate], timeout: 90s }', 90_000],
    ] as const) {
      const read = readLandfallYaml(file(text));
      const web = read.ok ? read.value.services['web'] : undefined;
      expect(web && serviceSettings(web).run.release).toEqual({ command: ['npm', 'run', 'migrate'], timeoutMs });
    }
  });

  test('is absent where none is declared [B19]', () => {
    const read = readLandfallYaml('version: 1\nservices:\n  web: {}\n');
    const web = read.ok ? read.value.services['web'] : undefined;
    expect(web && Object.keys(serviceSettings(web).run)).not.toContain('release');
  });

  test.each([
    ['a shell line', 'npm run migrate', 4, 'services.web.release'],
    ['nothing to run', '{ command: [] }', 4, 'services.web.release.command'],
    ['no end', '{ command: [a], timeout: 3h }', 4, 'services.web.release.timeout'],
    ['another field', '{ command: [a], retries: 3 }', 4, 'services.web.release'],
  ])('%s is refused with its place [B19]', (_name, text, line, path) => {
    const read = readLandfallYaml(file(text));
    expect(read.ok ? [] : read.problems).toMatchObject([{ line, path }]);
  });
});
