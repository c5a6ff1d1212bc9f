import { expect, test } from '@jest/globals';
import { deleteSession, findSession, insertSession } from '../../store/queries/sessions.ts';
import { sessions } from '../../store/schema.ts';
import { openTestStore } from './support/databases.ts';

const { db } = await openTestStore();
const HOUR_MS = 3600_000;
const START = Date.UTC(2026, 0, 1);
const after = (hours: number) => new Date(START + hours * HOUR_MS);
const session = { tokenName: 'ada', fingerprint: 'f'.repeat(16) };
const isOpen = async (id: string, hours: number) => (await findSession(db, id, after(hours))) !== undefined;

test('a session ends after a day in which nobody used it [F6]', async () => {
  await insertSession(db, 'idle', session, after(0));
  expect(await isOpen('idle', 23)).toBe(true);
  expect(await isOpen('idle', 46)).toBe(true);
  expect(await isOpen('idle', 71)).toBe(false);
});

test('a session ends after a week, however often it is used [F6]', async () => {
  await insertSession(db, 'used', session, after(0));
  for (let hours = 12; hours < 168; hours += 12) expect(await isOpen('used', hours)).toBe(true);
  expect(await isOpen('used', 168)).toBe(false);
});

test('one that is over, or was signed out of, is not kept [F6]', async () => {
  await insertSession(db, 'old', session, after(0));
  await insertSession(db, 'gone', session, after(200));
  await deleteSession(db, 'gone');
  await insertSession(db, 'new', session, after(200));
  expect((await db.select().from(sessions)).map(({ id }) => id)).toEqual(['new']);
});
