/** What the next version may do to a store that the version before works on, or will again: docs/upkeep.md, "Update and back". */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { NEEDED_MIGRATION } from '../../store/migrate.ts';
import journal from '../../store/migrations/meta/_journal.json' with { type: 'json' };
import { lastRelease } from '../replay/last-release.ts';
import { contractions } from './support/contractions.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = 'store/migrations';
/**
 * Migrations that do more than expand, and why the last release works on all the same: such as a column that it has not used
 * any more. NEEDED_MIGRATION moves to the newest one that it knows, so that older releases are refused.
 */
const TAKES_AWAY: Readonly<Record<string, string>> = {};
const tags = journal.entries.map(({ tag }) => tag);
const release = lastRelease(ROOT);

const atRelease = (file: string): string =>
  execFileSync('git', ['-C', ROOT, 'show', `${release ?? ''}:${FOLDER}/${file}`], { encoding: 'utf8' });

describe('migrations', () => {
  test('are in the order of their times: one that is older than the last that ran would never run [F1]', () => {
    const times = journal.entries.map(({ when }) => when);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test('only expand after NEEDED_MIGRATION, so that the version before works on (until the first release one that does more moves it to itself; from then on see TAKES_AWAY) [H2]', () => {
    const later = tags.slice(tags.indexOf(NEEDED_MIGRATION) + 1).filter((tag) => !Object.hasOwn(TAKES_AWAY, tag));
    expect(tags).toContain(NEEDED_MIGRATION);
    const found = later.flatMap((tag) =>
      contractions(readFileSync(join(ROOT, FOLDER, `${tag}.sql`), 'utf8')).map((statement) => `${tag}: ${statement}`),
    );
    expect(found).toEqual([]);
  });

  test(`of the last release (${release ?? 'there is none yet'}) are as they were, and it knows the one that every program has to know: it can be started again [H2]`, () => {
    const released = release === null ? [] : (JSON.parse(atRelease('meta/_journal.json')) as typeof journal).entries;
    for (const { tag } of released) {
      expect([tag, readFileSync(join(ROOT, FOLDER, `${tag}.sql`), 'utf8')]).toEqual([tag, atRelease(`${tag}.sql`)]);
    }
    expect(release === null || released.some(({ tag }) => tag === NEEDED_MIGRATION)).toBe(true);
  });
});

describe('a statement', () => {
  test.each([
    'CREATE TABLE "a" ("b" text PRIMARY KEY NOT NULL, "c" integer NOT NULL);',
    'CREATE TABLE "a" ("b" text);--> statement-breakpoint\nCREATE UNIQUE INDEX "a_b" ON "a" USING btree ("b");',
    'CREATE TABLE "a" ("b" text);--> statement-breakpoint\nALTER TABLE "a" ADD CONSTRAINT "f" FOREIGN KEY ("b") REFERENCES "public"."o"("id") ON DELETE cascade ON UPDATE no action;',
    'CREATE INDEX "o_b" ON "o" USING btree ("b");',
    'ALTER TABLE "o" ADD COLUMN "b" text;',
    `ALTER TABLE "o" ADD COLUMN "b" text DEFAULT 'x; y' NOT NULL;`,
    '-- DROP TABLE "o" is in a comment\nALTER TABLE "o" ADD COLUMN "b" boolean;',
  ])('that only expands: %s [H2]', (sql) => {
    expect(contractions(sql)).toEqual([]);
  });

  test.each([
    ['drops a table', 'DROP TABLE "o";'],
    ['drops a column', 'ALTER TABLE "o" DROP COLUMN "b";'],
    ['renames a column', 'ALTER TABLE "o" RENAME COLUMN "b" TO "c";'],
    ['renames a table', 'ALTER TABLE "o" RENAME TO "p";'],
    ['wants a value that the version before does not write', 'ALTER TABLE "o" ADD COLUMN "b" text NOT NULL;'],
    ['forbids a null that it writes', 'ALTER TABLE "o" ALTER COLUMN "b" SET NOT NULL;'],
    ['changes a type', 'ALTER TABLE "o" ALTER COLUMN "b" SET DATA TYPE bigint;'],
    ['takes a default away', 'ALTER TABLE "o" ALTER COLUMN "b" DROP DEFAULT;'],
    ['forbids rows twice', 'CREATE UNIQUE INDEX "o_b" ON "o" USING btree ("b");'],
    ['forbids rows', 'ALTER TABLE "o" ADD CONSTRAINT "c" CHECK ("o"."b" > 0);'],
    [
      'forbids removing rows that another table points at',
      'CREATE TABLE "a" ("b" text);\nALTER TABLE "a" ADD CONSTRAINT "f" FOREIGN KEY ("b") REFERENCES "public"."o"("id") ON DELETE no action;',
    ],
    ['rewrites rows', 'UPDATE "o" SET "b" = 1;'],
    ['removes rows', 'DELETE FROM "o";'],
    ['does what this list does not know', 'DO $$ BEGIN DROP TABLE "o"; END $$;'],
    ['does so after another one', 'ALTER TABLE "o" ADD COLUMN "b" text; DROP TABLE "o";'],
  ])('that %s is found [H2]', (_name, sql) => {
    expect(contractions(sql)).toHaveLength(1);
  });
});
