/** A connection that is not used again after a query on it has taken too long. */
import pg from 'pg';

/** What pg says when `query_timeout` is over. */
const TOO_LONG = 'Query read timeout';

/**
 * pg only stops waiting: the connection stays busy with the query, and everything that is asked of it later, the `rollback`
 * of the same transaction first, would wait behind it for as long again. Here it breaks at once, and the pool makes another.
 */
export class ImpatientClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    // The pool listens only while nobody uses the connection. Who does hears of it by what was asked; unheard, the event of
    // one that breaks within a transaction would end the process.
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
