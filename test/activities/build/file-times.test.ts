/** Real tools that tell what has changed by a file's time: inside a build, and while its image serves. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { where } from '../../../infra/dev/locate.ts';
import { localName } from '../../../activities/build/image.ts';
import { perform, startBuildHost } from './build-host.ts';

const host = await startBuildHost('btime');
const { repository } = host;
const activities = host.activities();

type Files = Readonly<Record<string, string>>;

let number = 0;
/** Builds one commit with these files and cleans up, as a release does. @returns the build's log */
async function build(files: Files, look?: (image: string) => Promise<void>): Promise<string> {
  number += 1;
  const buildId = `btime.web.${number}`;
  const commit = repository.commitFolder((folder) => {
    for (const [path, text] of Object.entries(files)) write(join(folder, path), text);
    copyTools(join(folder, 'tools'));
  });
  const step = host.step(buildId, commit);
  await perform(() => activities.fetchSource(step));
  host.log();
  await perform(() => activities.buildImage(step));
  await look?.(localName(buildId));
  await perform(() => activities.cleanBuild(step));
  return host.log();
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** The rule "newer than what was made of it", in a shell; by the tools that have it where this machine has them. */
const RULES = [
  { made: 'shell', rule: 'if ! [ -e shell ] || [ /source/main -nt shell ]; then /bin/sh /source/compile shell; fi' },
  { made: 'make', rule: 'make --file /source/Makefile', program: '/usr/bin/make' },
  { made: 'ninja', rule: 'ninja -f /source/build.ninja', program: '/usr/bin/ninja' },
].filter(({ program }) => program === undefined || existsSync(program));
const MADE = RULES.map(({ made }) => made);

const SOURCES = {
  'source/compile': 'busybox cp /source/main $1; echo compiled $1',
  'source/Makefile': 'make: /source/main\n\t/bin/sh /source/compile make\n',
  'source/build.ninja':
    'rule compile\n  command = /bin/sh /source/compile $out\nbuild ninja: compile /source/main\ndefault ninja\n',
};

/** With the libraries that they load, for an image from scratch. */
function copyTools(to: string): void {
  const programs = RULES.flatMap(({ program }) => (program === undefined ? [] : [program]));
  const libraries = programs.flatMap(
    (program) => execFileSync('/usr/bin/ldd', [program]).toString().match(/\/\S+/g) ?? [],
  );
  for (const file of new Set([...programs, ...libraries])) {
    mkdirSync(dirname(to + file), { recursive: true });
    copyFileSync(file, to + file);
  }
  mkdirSync(join(to, 'bin'), { recursive: true });
  copyFileSync(where('busybox'), join(to, 'bin/busybox'));
  symlinkSync('busybox', join(to, 'bin/sh'));
}

const compiling = (version: number) => `FROM scratch
COPY tools /
COPY source /source
RUN --mount=type=cache,target=/made cd /made && ${RULES.map(({ rule }) => rule).join(' && ')} && \
  for one in ${MADE.join(' ')}; do echo "$one: $(busybox cat $one)"; done; echo ${version}
`;

test(`${MADE.join(', ')} compile what a commit changes, also back, into a cache mount that is there already [B7]`, async () => {
  const logs = [];
  for (const [version, text] of ['A', 'B', 'A', 'A'].entries()) {
    logs.push(await build({ Dockerfile: compiling(version), ...SOURCES, 'source/main': text }));
  }

  const made = (text: string) => MADE.map((one) => `${one}: ${text}`);
  expect(logs.map((log) => log.match(/^\w+: [ABC]$/gm))).toEqual([made('A'), made('B'), made('A'), made('A')]);
  // Unchanged files are found again and not compiled again.
  expect(logs.map((log) => /COPY source \/source\n--> Using cache/.test(log))).toEqual([false, false, false, true]);
  expect(logs.map((log) => log.includes('compiled'))).toEqual([true, true, true, false]);
  expect(logs[2]).toContain('Building without the layer cache');
});

test('a file server sends who has the page of before the new one; layers of unchanged files are found again [B7][B9]', async () => {
  const answers: string[] = [];
  const serve = (headers: string) => async (image: string) => {
    const script = `printf 'GET /page HTTP/1.1\\r\\nHost: a\\r\\n${headers}\\r\\n' | busybox httpd -i -h /www`;
    const command = ['/bin/sh', '-c', script];
    answers.push((await host.engine.podman(['run', '--rm', '--network=none', image, ...command])).stdout);
  };
  const known = () => {
    const value = (name: string) => new RegExp(`^${name}: *(.*?)\\r?$`, 'im').exec(answers.at(-1) ?? '')?.[1] ?? '';
    return `If-None-Match: ${value('etag')}\\r\\nIf-Modified-Since: ${value('last-modified')}\\r\\n`;
  };
  const Dockerfile = 'FROM scratch\nCOPY tools /\nCOPY page /www/page\nCOPY other /other\n';

  await build({ Dockerfile, page: 'page A', other: '1' }, serve(''));
  await build({ Dockerfile, page: 'page B', other: '1' }, serve(known()));
  const third = await build({ Dockerfile, page: 'page B', other: '2' }, serve(known()));

  expect(answers.map((answer) => answer.split('\r\n')[0])).toEqual([
    'HTTP/1.1 200 OK',
    'HTTP/1.1 200 OK',
    'HTTP/1.1 304 Not Modified',
  ]);
  expect(answers[1]).toContain('page B');
  expect(third).toMatch(/COPY page \/www\/page\n--> Using cache/);
  expect(third).not.toMatch(/COPY other \/other\n--> Using cache/);
});
