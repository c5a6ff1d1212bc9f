import { describe, expect, test } from '@jest/globals';
import { readLandfallYaml } from '../../../contracts/config/landfall-yaml.ts';
import { serviceSettings } from '../../../contracts/config/settings.ts';

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

  test.each([
    ['image', 'image'],
    ['[/bin/sh, -c]', ['/bin/sh', '-c']],
  ])('takes the entrypoint %s', (text, entrypoint) => {
    const read = readLandfallYaml(file(`{ command: [a], entrypoint: ${text} }`));
    const web = read.ok ? read.value.services['web'] : undefined;
    expect(web && serviceSettings(web).run.release).toEqual({ command: ['a'], entrypoint, timeoutMs: 600_000 });
  });

  test('is absent where none is declared [B19]', () => {
    const read = readLandfallYaml('version: 1\nservices:\n  web: {}\n');
    const web = read.ok ? read.value.services['web'] : undefined;
    expect(web && Object.keys(serviceSettings(web).run)).not.toContain('release');
  });

  test.each([
    ['a shell line', 'npm run migrate', 4, 'services.web.release'],
    ['nothing to run', '{ command: [] }', 4, 'services.web.release.command'],
    ['a program without a name', "{ command: ['', a] }", 4, 'services.web.release.command'],
    ['another entrypoint', '{ command: [a], entrypoint: none }', 4, 'services.web.release.entrypoint'],
    ['no end', '{ command: [a], timeout: 3h }', 4, 'services.web.release.timeout'],
    ['another field', '{ command: [a], retries: 3 }', 4, 'services.web.release'],
  ])('%s is refused with its place [B19]', (_name, text, line, path) => {
    const read = readLandfallYaml(file(text));
    expect(read.ok ? [] : read.problems).toMatchObject([{ line, path }]);
  });
});

describe('how a service runs', () => {
  const run = (text: string) => {
    const read = readLandfallYaml(`version: 1\nservices:\n  web:\n    run: ${text}\n`);
    const web = read.ok ? read.value.services['web'] : undefined;
    return web ? serviceSettings(web).run : read;
  };

  test('an entrypoint, and a version before that is stopped, are passed on where they are set', () => {
    expect(run('{ entrypoint: [/bin/web], warm: stopped }')).toMatchObject({
      entrypoint: ['/bin/web'],
      warm: 'stopped',
    });
    expect(run('{ warm: running }')).toEqual(run('{}'));
    expect(run('{ warm: paused }')).toMatchObject({ ok: false, problems: [{ path: 'services.web.run.warm' }] });
  });

  test('variables and command beyond what a process can be given are refused, by name and size [B17]', () => {
    const block = (name: string, size: number) => `${name}: ${'x'.repeat(size)}`;
    const fifteen = Array.from({ length: 15 }, (_, index) => `A${index}: *v`);
    const yaml = (names: readonly string[]) => `{ env: { V: &v ${'x'.repeat(32_000)}, ${names.join(', ')} } }`;

    expect(run(`{ env: { ${block('ONE', 32_000)} } }`)).toMatchObject({ env: { ONE: 'x'.repeat(32_000) } });
    expect(run(yaml(fifteen))).toMatchObject({ port: 8080 });
    expect(run(yaml([...fifteen, 'B: *v']))).toMatchObject({
      ok: false,
      problems: [{ path: 'services.web.run.env', message: expect.stringMatching(/\(32000 bytes\)/) as unknown }],
    });
  });

  test('build arguments as well [B17]', () => {
    const args = Array.from({ length: 17 }, (_, index) => `A${index}: *v`).join(', ');
    const build = `{ args: { V: &v ${'x'.repeat(32_000)}, ${args} } }`;
    expect(readLandfallYaml(`version: 1\nservices:\n  web:\n    build: ${build}\n`)).toMatchObject({
      ok: false,
      problems: [{ path: 'services.web.build.args', message: expect.stringMatching(/\(32000 bytes\)/) as unknown }],
    });
  });

  test('a command of more than 128 KiB is refused', () => {
    expect(run(`{ command: [a, ${Array<string>(33).fill('x'.repeat(4_000)).join(', ')}] }`)).toMatchObject({
      ok: false,
      problems: [{ path: 'services.web.run.command', message: expect.stringContaining('131072') as unknown }],
    });
  });

  test('an argument with NUL, which no process can be given, is refused', () => {
    expect(run('{ command: [a, "b\\0c"] }')).toMatchObject({
      ok: false,
      problems: [{ path: 'services.web.run.command.1', message: expect.stringContaining('NUL') as unknown }],
    });
    expect(run(String.raw`{ env: { A: "b\ud800c" } }`)).toMatchObject({
      problems: [{ path: 'services.web.run.env.A' }],
    });
    expect(run('{ env: { A: "b\\0c" } }')).toMatchObject({
      ok: false,
      problems: [{ path: 'services.web.run.env.A', message: expect.stringContaining('NUL') as unknown }],
    });
  });
});

describe('a value that could leave the repository or be read as an option', () => {
  const HOSTILE = ['../x', '/etc/passwd', '--upload-pack=x', ';$(id)', 'a\nb'];
  const PLACES = [
    ['services.web.root', 4, 5, 'root'],
    ['services.web.build.dockerfile', 6, 7, 'dockerfile'],
    ['environments.production.branch', 9, 5, 'branch'],
    ['environments.production.ci', 10, 5, 'ci'],
  ] as const;
  /** Correct, but for what the test puts into it. */
  const whole = (values: Readonly<Record<string, string>>): string => {
    const { root = 'app', dockerfile = 'Dockerfile', branch = 'main', ci = '.github/workflows/ci.yml' } = values;
    return [
      'version: 1',
      'services:',
      '  web:',
      `    root: ${JSON.stringify(root)}`,
      '    build:',
      `      dockerfile: ${JSON.stringify(dockerfile)}`,
      'environments:',
      '  production:',
      `    branch: ${JSON.stringify(branch)}`,
      `    ci: ${JSON.stringify(ci)}`,
      '    target: { podman: { hosts: [a], publish: { web: 20080 } } }',
    ].join('\n');
  };

  test('stands in a file that is right without it [B4]', () => {
    expect(readLandfallYaml(whole({}))).toMatchObject({ ok: true });
  });

  test.each(PLACES.flatMap((place) => HOSTILE.map((value) => [...place, value] as const)))(
    '%s (line %i, column %i) as %s: %j is refused there [B4]',
    (path, line, column, name, value) => {
      const read = readLandfallYaml(whole({ [name]: value }));
      expect(read.ok ? [] : read.problems).toEqual([{ line, column, path, message: expect.any(String) as unknown }]);
    },
  );
});

describe('a file that is there to be expensive', () => {
  test('of more than 256 KiB is refused before it is parsed [B4]', () => {
    const rest = `${file('{ command: [a] }')}#`;
    const filled = (size: number) => rest + 'x'.repeat(size - rest.length);
    expect(readLandfallYaml(filled(256 * 1024)).ok).toBe(true);
    expect(readLandfallYaml(filled(256 * 1024 + 1))).toEqual({
      ok: false,
      problems: [{ line: 1, column: 1, path: '', message: 'the file is larger than 256 KiB' }],
    });
  });

  test('of more than 256 KiB of letters that take several bytes is refused as well, and one of just as many is read [B4]', () => {
    const rest = `${file('{ command: [a] }')}#`;
    // The sign of the euro takes three bytes, and is one character.
    const euros = Math.floor((256 * 1024 - rest.length) / 3);
    const filled = (count: number) => rest + '€'.repeat(count);
    expect(readLandfallYaml(filled(euros)).ok).toBe(true);
    expect(readLandfallYaml(filled(euros + 1))).toEqual({
      ok: false,
      problems: [{ line: 1, column: 1, path: '', message: 'the file is larger than 256 KiB' }],
    });
  });

  test('whose aliases unfold into millions of values is refused in words [B4]', () => {
    const bomb = Array.from({ length: 9 }, (_none, level) => {
      const inner = Array<string>(9).fill(level === 0 ? 'lol' : `*a${String(level - 1)}`);
      return `a${String(level)}: &a${String(level)} [${inner.join(', ')}]`;
    });
    expect(readLandfallYaml(`version: 1\n${bomb.join('\n')}\nservices: *a8\n`)).toEqual({
      ok: false,
      problems: [{ line: 1, column: 1, path: '', message: expect.stringMatching(/alias/i) as unknown }],
    });
  });
});
