/** A connection that is not used again after a query on it has taken too long. */
import pg from 'pg';

/** The message of pg when `query_timeout` is over. */
const TOO_LONG = 'Query read timeout';

/**
 * A connection that breaks when its query takes too long. With pg alone it would stay busy with the query, and every
 * later query, the `rollback` of the same transaction first, would wait behind it for as long again. The pool makes
 * another connection.
 */
export class ImpatientClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    // The pool listens only while the connection is free. Its user learns of the break by a query that fails; without a
    // listener, the event of one that breaks within a transaction would end the process.
    this.on('error', () => undefined);
    const ask = this.query.bind(this) as (...args: readonly unknown[]) => unknown;
    const impatient = (...args: readonly unknown[]): unknown => {
      const asked = ask(...args);
      if (asked instanceof Promise) {
        asked.catch((error: unknown) => {
          if (error instanceof Error && error.message === TOO_LONG) this.#break(error);
        });
      }
      return asked;
    };
    this.query = impatient as typeof this.query;
  }

  #break(error: Error): void {
    const { connection } = this as unknown as { connection: { stream: { destroy(error: Error): void } } };
    connection.stream.destroy(error);
  }
}
