/** Names on GitHub: within its limits whatever text of others is in them; ours do not compile when they are too long. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  buttonDescription,
  buttonLabel,
  checkName,
  labelName,
  type Fitting,
} from '../../../contracts/github/shown-names.ts';
import { buildCheckName, environmentCheckName, gateCheckName } from '../../../contracts/github/check-run.ts';
import { failureOf } from '../../../contracts/core/failures.ts';
import { hostile } from '../../support/hostile-text.ts';

describe("a check run's name", () => {
  test('is one line of at most 255 characters, whatever an environment of GitHub Actions is called [B3]', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ unit: 'binary', maxLength: 600 })), (text) => {
        const name = gateCheckName(text);
        expect(name.length).toBeLessThanOrEqual(255);
        expect(name).toMatch(/^Landfall: Actions \//);
        expect(name).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
        expect(name.isWellFormed()).toBe(true);
      }),
    );
  });

  test('is the same as ever where it fits, since branch rules require it by name [B3]', () => {
    expect(environmentCheckName({ service: 'web', environment: 'staging' })).toBe('Landfall: web / staging');
    expect(buildCheckName('web')).toBe('Landfall: web');
    expect(gateCheckName('Produktion EU')).toBe('Landfall: Actions / Produktion EU');
    expect(checkName('landfall')).toBe('landfall');
  });
});

test.each([
  ['nothing', ''],
  ['more than fifty characters', 'x'.repeat(51)],
  ['a comma, which separates labels', 'staging,urgent'],
  ['two lines', 'staging\nurgent'],
  ['a mark that turns the text', 'staging\u202e'],
])('a label with %s is refused [F1]', (_, text) => {
  let thrown: unknown;
  try {
    labelName(text);
  } catch (error) {
    thrown = error;
  }
  expect(failureOf(thrown)).toMatchObject({ type: 'InvalidRequest' });
  expect(labelName('x'.repeat(50))).toHaveLength(50);
});

type Compiles<Text extends string, Limit extends number> = [Fitting<Text, Limit>] extends [never] ? false : true;

test('the words on a button compile only where they fit [F1]', () => {
  const twenty: Compiles<'exactly twenty chars', 20> = true;
  const more: Compiles<'exactly twenty1 chars', 20> = false;
  const lines: Compiles<'Roll\nback', 20> = false;
  const any: Compiles<string, 20> = false;
  const longer: Compiles<'Bring back what was live here before this', 40> = false;
  expect({ twenty, more, lines, any, longer }).toEqual({
    ...{ twenty: true, more: false, lines: false, any: false, longer: false },
  });
  expect(buttonLabel('exactly twenty chars')).toHaveLength(20);
  expect(buttonDescription('Let it go on')).toBe('Let it go on');
});
