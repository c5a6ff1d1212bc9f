/**
 * An operation's failure, as an HTTP caller sees it: the words and the state are the failure's, the status is the
 * table's.
 */
import { expect, jest, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { FailureType, failure, failureOf, failureState } from '../../../contracts/core/failures.ts';
import { HttpProblem, problemOf } from '../../../api/http/problem.ts';
import { FAILURE_STATUS } from '../../../api/http/problem-status.ts';

const logger = { info: jest.fn(), warn: jest.fn(), error: jest.fn() };

test('a failure keeps its type, its words and the state of what it is about [F1]', async () => {
  const refused = failure(FailureType.AlreadyEnded, 'Deployment d has ended (live).', { state: 'live' });
  expect(await problemOf(refused, logger)).toMatchObject({
    ...{ status: 409, type: 'AlreadyEnded', message: 'Deployment d has ended (live).', more: { state: 'live' } },
  });
  expect(failureState(refused)).toBe('live');
  expect(failureState(failure(FailureType.AlreadyEnded, 'x'))).toBeUndefined();
});

test('a state that no deployment has is not shown to programs as one [F1]', async () => {
  const { more } = await problemOf(failure(FailureType.AlreadyEnded, 'x', { state: 'gone fishing' }), logger);
  expect(more).toEqual({});
  const odd = ApplicationFailure.create({ type: 'NotWaiting', message: 'x', details: ['text'] });
  expect((await problemOf(odd, logger)).more).toEqual({});
});

test.each(Object.values(FailureType))('%s has the status of the one table, and is found again [F1]', async (type) => {
  const thrown = failure(type, 'It did not work.');
  expect(failureOf(thrown)).toEqual({ type, message: 'It did not work.' });
  const { status, headers } = await problemOf(thrown, logger);
  expect(status).toBe(FAILURE_STATUS[type]);
  // A final failure stays the same when the caller repeats the request at once.
  expect('retry-after' in headers).toBe(thrown.nonRetryable !== true);
});

test('what is about the request itself stays as it is [F1]', async () => {
  const thrown = new HttpProblem(405, 'MethodNotAllowed', 'It takes GET.', { allow: 'GET' });
  expect(await problemOf(thrown, logger)).toBe(thrown);
});
