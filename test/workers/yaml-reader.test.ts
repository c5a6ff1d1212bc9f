import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';
import { readLandfallYaml } from '../../contracts/config/landfall-yaml.ts';
import { createYamlReader } from '../../workers/yaml-reader.ts';
import { HOSTILE } from '../contracts/core/hostile-yaml.ts';
import { onCleanup } from '../support/cleanup.ts';
import { tempDir } from '../support/tmp.ts';

const GOOD = `version: 1\nservices: { web: {} }\n${'# a large file\n'.repeat(1_000)}`;

function reader(options: Parameters<typeof createYamlReader>[0] = {}) {
  const made = createYamlReader(options);
  onCleanup(() => made.close());
  return made;
}

/** A thread that the test writes itself: it has each text. */
function threadThat(does: string): URL {
  const dir = tempDir();
  mkdirSync(dir, { recursive: true });
  const file = join(dir, 'thread.mjs');
  writeFileSync(
    file,
    `import { parentPort } from 'node:worker_threads';\nparentPort.on('message', ({ text }) => { ${does} });\nparentPort.postMessage('ready');\n`,
  );
  return pathToFileURL(file);
}

test('a text means in the thread what it means anywhere [B4]', async () => {
  const { read } = reader();
  for (const text of [GOOD, 'version: 1\n', `${GOOD}x: 1\n`, HOSTILE['aliases that multiply'] ?? '']) {
    expect(await read(text)).toEqual(readLandfallYaml(text));
  }
});

test('another name means there what it means anywhere, in small and large texts [B4]', async () => {
  const { read } = reader();
  const names = [{ name: 'web', project: 'shop', service: 'frontend' }];
  for (const text of ['version: 1\nservices: { web: {} }\n', GOOD]) {
    expect(await read(text, names)).toMatchObject({ ok: true, value: { services: { frontend: {} } } });
  }
});

test('hostile texts hold up nothing else in the process, and are all answered [B4][G5]', async () => {
  const { read } = reader();
  await read(GOOD);
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const texts = Object.values(HOSTILE).filter((text) => text.length > 100_000);
  const answers = await Promise.all(texts.map(async (text) => read(text)));
  delay.disable();
  expect(answers.map(({ ok }) => ok)).toEqual(texts.map(() => false));
  // Far less on an idle machine; read here, they would take seconds.
  expect(delay.max / 1e6).toBeLessThan(400);
});

test('a text on which the thread hangs is refused after the deadline, and the next one is read [B4][F2]', async () => {
  const good = JSON.stringify({ ok: true, value: 'read' });
  const thread = threadThat(`if (text.includes('hang')) for (;;); parentPort.postMessage(${good});`);
  const { read } = reader({ deadlineMs: 300, thread });
  const [hung, next] = await Promise.all([read(`hang${GOOD}`), read(GOOD)]);
  expect(hung).toEqual({
    ok: false,
    problems: [{ line: 1, column: 1, path: '', message: 'reading it takes too long: make it smaller' }],
  });
  expect(next).toEqual({ ok: true, value: 'read' });
});

test('a text that takes all memory is refused, and the process lives [B4][F2]', async () => {
  const thread = threadThat('const all = []; for (;;) all.push({ text: text + all.length, all });');
  const { read } = reader({ deadlineMs: 60_000, thread });
  expect(await read(GOOD)).toMatchObject({
    ok: false,
    problems: [{ message: expect.stringMatching(/memory/) as unknown }],
  });
});

test('a thread that breaks is an error of ours, not of the text, and is replaced [F2]', async () => {
  const flag = join(tempDir(), 'broken');
  const thread = threadThat(
    `const fs = process.getBuiltinModule('node:fs'); if (!fs.existsSync(${JSON.stringify(flag)})) { fs.writeFileSync(${JSON.stringify(flag)}, ''); throw new Error('broken'); } parentPort.postMessage({ ok: true });`,
  );
  const { read } = reader({ thread });
  await expect(read(GOOD)).rejects.toThrow('broken');
  expect(await read(GOOD)).toEqual({ ok: true });
});
