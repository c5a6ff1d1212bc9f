import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { beginContext } from '../../../activities/build/earlier-builds.ts';
import { tempDir } from '../../support/tmp.ts';

const key = { project: 'shop', service: 'web' };
const files = (contents: Readonly<Record<string, string>>) =>
  Object.entries(contents).map(([path, id]) => ({ mode: '100644', path, id }));

test('a file keeps its time while its content stays; one that gets an earlier content again has gone back [B7]', () => {
  const dir = tempDir();
  let now = 0;
  const builds = (contents: Readonly<Record<string, string>>) => {
    now += 1;
    const context = beginContext(dir, key, files(contents), now);
    context.end();
    return { back: context.wentBack, times: Object.keys(contents).map(context.timeOf) };
  };

  // An engine's cache may be older than the notes.
  expect(builds({ a: '1', b: '1' })).toEqual({ back: true, times: [1, 1] });
  expect(builds({ a: '1', b: '2' })).toEqual({ back: false, times: [1, 2] });
  expect(builds({ a: '1', b: '2', c: '1' })).toEqual({ back: false, times: [1, 2, 3] });
  expect(builds({ a: '1', b: '1', c: '1' })).toEqual({ back: true, times: [1, 4, 3] });
  expect(builds({ a: '1', b: '1' })).toEqual({ back: false, times: [1, 4] });
  expect(builds({ a: '1', b: '1', c: '1' })).toEqual({ back: true, times: [1, 4, 6] });
});

/** Plays an engine and a tool with the rule "newer than its product", for files that each have their own layer. */
function engine() {
  const layers = new Map<string, number>();
  const made = new Map<string, { readonly from: string; readonly at: number }>();
  let now = 0;
  return {
    next: () => (now += 1),
    /** @returns true when everything was made from the build's own files */
    build(contents: [path: string, content: string][], newLayers: boolean, timeOf: (path: string) => number): boolean {
      return contents.every(([path, content]) => {
        const layer = `${path} ${content}`;
        const time = newLayers ? timeOf(path) : (layers.get(layer) ?? timeOf(path));
        // The engine chooses between the two layers; the older one is the worse case.
        if (!layers.has(layer)) layers.set(layer, time);
        now += 1;
        const before = made.get(path);
        if (before === undefined || time > before.at) made.set(path, { from: content, at: now });
        return made.get(path)?.from === content;
      });
    },
  };
}

test('no order of builds, those that fail in the middle included, leaves a tool with what another build made [B7]', () => {
  const contents = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2', '3'), {
    noNullPrototype: true,
  });
  const builds = fc.array(fc.record({ contents, steps: fc.nat(3) }), { minLength: 3, maxLength: 12 });

  fc.assert(
    fc.property(builds, (all) => {
      const dir = tempDir();
      const { next, build } = engine();
      for (const { contents: tree, steps } of all) {
        const { wentBack, timeOf, end } = beginContext(dir, key, files(tree), next());
        const entries = Object.entries(tree);
        expect(build(entries.slice(0, steps), wentBack, timeOf)).toBe(true);
        if (steps >= entries.length) end();
      }
    }),
    { numRuns: 300 },
  );
});
