import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { createContext } from '../../../cli/context.ts';
import { landfallEnv, readSettings } from '../../../cli/up/settings.ts';
import { tempDir } from '../../support/tmp.ts';

/** The names of the settings in a file of workers/. */
const settingsIn = (file: string) =>
  [
    ...readFileSync(new URL(`../../../workers/${file}.ts`, import.meta.url), 'utf8').matchAll(
      /^ {2}([A-Z][A-Z_]+): /gm,
    ),
  ].map(([, name = '']) => name);

test('whatever Landfall can be told takes effect with `landfall up`, too [F5]', () => {
  const names = [...settingsIn('settings'), ...settingsIn('config')];
  expect(names).toEqual(expect.arrayContaining(['LANDFALL_REPAIR_EVERY', 'LANDFALL_KEEP_AUDIT', 'DATABASE_URL']));
  const stream = () => new PassThrough();
  const context = createContext({
    ...{ stdin: stream(), stdout: stream(), stderr: stream(), cwd: tempDir(), home: tempDir() },
    env: { ...Object.fromEntries(names.map((name) => [name, `given ${name}`])), LANDFALL_LISTEN: '127.0.0.1:8081' },
    signal: new AbortController().signal,
  });
  const options = { listen: '127.0.0.1:8080', temporalPort: 1, temporalUiPort: 2, registryPort: 3, dataDir: '/data' };

  const settings = readSettings(context, options);
  const { temporalAddress = '', registryAddress: registry = '', hostsFile = '' } = settings;
  const env = landfallEnv(settings, { temporalAddress, registry, hostsFile, authFile: undefined });

  const own = { LANDFALL_DATA_DIR: '/data/landfall', LANDFALL_LISTEN: '127.0.0.1:8081' };
  expect(env).toMatchObject({ ...Object.fromEntries(names.map((name) => [name, `given ${name}`])), ...own });
});
