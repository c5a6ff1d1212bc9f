/** People's names for things are understood, however they have copied them; lookalikes are refused. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readCommand } from '../../../contracts/github/read-command.ts';
import { firstWord, selectorOf } from '../../../contracts/github/selector.ts';

const name = fc.stringMatching(/^[a-z](?:[a-z0-9-]{0,6}[a-z0-9])?$/);
const number = fc.integer({ min: 1, max: 2_000_000_000 }).map(String);
/** Names as they are printed, each with its meaning. */
const printed = fc.oneof(
  fc.tuple(name, name, number).map((parts) => ['release', parts.join('.')] as const),
  fc.tuple(name, name, number, number).map((parts) => ['build', parts.join('.')] as const),
  fc.tuple(name, name, name, number).map((parts) => ['deployment', parts.join('.')] as const),
  fc
    .tuple(number, fc.constantFrom('456', '3804004623172239366'), name)
    .map((parts) => ['job', `github.actions.${parts.join('.')}`] as const),
  fc
    .stringMatching(/^[0-9a-f]{40}$/)
    .filter((text) => /\d/.test(text) && /[a-f]/.test(text))
    .map((id) => ['commit', id] as const),
  number.map((id) => ['number', id] as const),
);
const clothes = fc.constantFrom<(id: string) => string>(
  (id) => id,
  (id) => `\`${id}\``,
  (id) => `\`\`${id}\`\``,
  (id) => `"${id}"`,
  (id) => `'${id}'`,
  (id) => `“${id}”`,
  (id) => `**${id}**`,
  (id) => `_${id}_`,
  (id) => `~~${id}~~`,
  (id) => `(${id})`,
  (id) => `<${id}>`,
  (id) => `**\`${id}\`**`,
  (id) => id.toUpperCase(),
);
const punctuation = fc.constantFrom('', '.', ',', ':', ';', '!', '?', '…', '...');
/** The id inside `text`, by kind. */
const pages = { release: 'releases', build: 'builds', deployment: 'deployments' } as const;
const linked = fc
  .tuple(
    printed,
    fc.constantFrom('', 'https://landfall.example', 'http://127.0.0.1:8080', 'landfall.example'),
    fc.constantFrom('', '/', '?x=1', '#log'),
    fc.boolean(),
  )
  .filter(([[kind]]) => kind in pages)
  .map(([[kind, id], host, behind, isLink]) => {
    const url = `${host}/${pages[kind as keyof typeof pages]}/${id}${behind}`;
    return [kind, id, isLink ? `[the \`${id}\` there](${url})` : url] as const;
  });
const spelt = fc.oneof(
  fc
    .tuple(printed, clothes, punctuation)
    .map(([[kind, id], dress, mark]) => [kind, id, `${dress(id)}${mark}`] as const),
  linked,
  number.map((id) => ['number', id, `#${id}`] as const),
);

describe('an id', () => {
  test('is understood in every spelling, with the words behind it apart [A7]', () => {
    fc.assert(
      fc.property(spelt, fc.constantFrom('', 'looks good', 'fine: `shop.web.7`'), ([kind, id, text], words) => {
        expect(firstWord(`${text} ${words}`)).toEqual({ kind: 'selector', selector: { kind, id }, rest: words });
      }),
      { numRuns: 500 },
    );
  });

  test('in a decision is never a note, by comment; in every other command it is the same id, or refused [A7][E2]', () => {
    fc.assert(
      fc.property(spelt, ([kind, id, text]) => {
        expect(readCommand(`/approve ${text}`)).toMatchObject({ command: { id, note: '' } });
        expect(readCommand(`/reject ${text} no`)).toMatchObject({ command: { id, note: 'no' } });
        const isWord = !/\s/.test(text);
        for (const verb of ['cancel', 'retry'] as const) {
          const read = readCommand(`/${verb} ${text}`);
          if (kind !== 'job' && isWord) expect(read).toMatchObject({ command: { id } });
          else expect(read?.kind).toBe('mistake');
        }
        const back = readCommand(`/rollback production to ${text}`);
        if (kind !== 'job' && isWord) expect(back).toMatchObject({ command: { environment: 'production', to: id } });
        else expect(back?.kind).toBe('mistake');
        for (const verb of ['deploy', 'promote', 'plan', 'status', 'queue', 'unlock']) {
          const read = readCommand(`/${verb} ${text}`);
          // A number may be an environment's name: one that there is, or it is refused where that is known.
          if (read?.kind === 'command') expect(read.command).toMatchObject({ verb, environment: id.split('.').at(-1) });
          else expect(read?.kind).toBe('mistake');
        }
      }),
    );
  });

  test.each([
    'shop.web.production.41.2.3',
    'shop.web.production',
    'shop.web.production.0',
    'shop..web.41',
    '1.5',
    '/deployments/',
    'https://github.com/acme/shop/actions/runs/456',
    '[this](https://example.com/x)',
    '#shop',
    '--env production',
    '-e production',
    '—service web',
    'fine --service web',
  ])('that is none but looks like it is refused: %s [A7][E2]', (text) => {
    expect(readCommand(`/approve ${text}`)).toMatchObject({ kind: 'mistake', verb: 'approve' });
  });

  test.each([
    'LGTM!',
    'looks good to me',
    '+1',
    '👍',
    'ok.',
    '"ship it"',
    '@ben has tested it',
    'e.g. the tests are green',
    '- tested by hand',
    'index.ts is fine',
    'production-like load was fine',
    'facade is fine',
    '100% sure',
    'same as shop.web.production.40',
    '',
  ])('is not what begins with a word: %j stays a note [A7]', (text) => {
    expect(readCommand(`/approve ${text}`)).toMatchObject({ command: { id: null, note: text } });
  });
});

test('an environment is named as people and as the command line name it [A7]', () => {
  for (const text of ['production', '`production`', '"production"', 'Production', '**production**', 'production.']) {
    expect(readCommand(`/deploy ${text}`)).toMatchObject({ command: { service: null, environment: 'production' } });
  }
  for (const text of ['shop/web production', 'shop/web/production', '`shop.web.production`']) {
    expect(readCommand(`/deploy ${text}`)).toMatchObject({
      command: { service: 'shop/web', environment: 'production' },
    });
  }
  expect(readCommand('/deploy shop/web --service api')).toMatchObject({ kind: 'mistake' });
  expect(readCommand('/deploy --service `web`')).toMatchObject({ command: { service: 'web' } });
  expect(readCommand('/lock --for `2h` --reason x')).toMatchObject({ command: { forMs: 7_200_000 } });
  expect(readCommand('/rollback `shop.web.production.12`')).toMatchObject({
    command: { service: 'shop/web', environment: 'production', to: 'shop.web.production.12' },
  });
  expect(readCommand('/rollback to 12 --to 13')).toMatchObject({ kind: 'mistake' });
});

test('what is around an id does not take long to be taken away [A4]', () => {
  for (const text of [
    '['.repeat(60_000),
    `[${'x'.repeat(60_000)}`,
    '`'.repeat(60_000),
    `/deployments/${'%41'.repeat(20_000)}`,
  ]) {
    const begun = performance.now();
    firstWord(text);
    selectorOf(text);
    expect(performance.now() - begun).toBeLessThan(500);
  }
});
