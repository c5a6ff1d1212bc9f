import { expect, test } from '@jest/globals';
import { buildQueue, clusterQueue, hostQueue, queuesOfToken, workerCommand } from '../../../contracts/core/queues.ts';

test('a place is started by the command of its kind, and a queue of no kind by none [F4]', () => {
  expect(workerCommand(hostQueue('alpha'))).toBe('landfall worker --host alpha');
  expect(workerCommand(clusterQueue('eu'))).toBe('landfall worker --cluster eu');
  for (const queue of ['landfall', 'cell/left', buildQueue('alpha'), 'host/', 'cluster/../etc', 'constructor/x']) {
    expect(workerCommand(queue)).toBeUndefined();
  }
});

test('a token opens the queues of the host or cluster that it is named after, and nothing else [B17][D2]', () => {
  expect(queuesOfToken('alpha')).toEqual([hostQueue('alpha'), buildQueue('alpha')]);
  expect(queuesOfToken('cluster/eu')).toEqual([clusterQueue('eu')]);
  for (const name of ['', 'cluster/', 'alpha/build', 'cluster/eu/x', '../landfall', 'host/alpha']) {
    expect(queuesOfToken(name)).toEqual([]);
  }
});
