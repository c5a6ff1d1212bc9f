/** The bundle that Temporal's sandbox keeps in memory for as long as it runs. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { workflowBundle } from '../support/workflow-bundle.ts';

test('holds no copy of the sources, and no character for which V8 would keep two bytes of each [F5]', async () => {
  const { codePath } = await workflowBundle();
  const text = readFileSync(codePath, 'utf8');

  expect(/[^\0-\xff]/.exec(text)?.[0]).toBeUndefined();
  const [, map = ''] = /sourceMappingURL=data:application\/json;charset=utf-8;base64,(\S+)\s*$/.exec(text) ?? [];
  const { sources, sourcesContent } = JSON.parse(Buffer.from(map, 'base64').toString()) as Record<string, unknown>;
  expect(sources).toEqual(expect.arrayContaining([expect.stringContaining('release.workflow')]));
  expect(sourcesContent).toBeUndefined();
});
