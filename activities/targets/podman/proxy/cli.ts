/** HAProxy's command sockets (management guide, "Unix Socket commands"). */
import { connect } from 'node:net';
import { FailureType, failure } from '../../../../contracts/core/failures.ts';

/** Commands are answered within milliseconds; the master is away for some 150 ms during a reload. */
const ANSWER_MS = 5_000;

/**
 * One command, one answer, without the empty lines around it.
 *
 * @param payload - lines that belong to the command, none of them empty; no error repeats them
 * @throws `ProxyUnavailable` when no answer comes
 */
export async function sendCommand(socket: string, line: string, payload?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const refuse = (why: string) => {
      reject(failure(FailureType.ProxyUnavailable, `HAProxy at ${socket} did not answer "${line}": ${why}. Start it.`));
    };
    // Half-closed by us: the master keeps the connection open for more commands otherwise.
    connect(socket)
      .setEncoding('utf8')
      .setTimeout(ANSWER_MS, function (this: { destroy: () => void }) {
        this.destroy();
        refuse(`nothing within ${ANSWER_MS} ms`);
      })
      .on('data', (part: string) => (answer += part))
      .once('end', () => {
        resolve(answer.trim());
      })
      .once('error', (error) => {
        refuse(error.message);
      })
      .end(payload === undefined ? `${line}\n` : `${line} <<\n${payload.trimEnd()}\n\n`);
  });
}
