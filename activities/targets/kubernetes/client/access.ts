import type { Dispatcher } from 'undici';

/** The part of a request that lets it in. Its headers are secret. */
export interface Credentialed {
  /** The address of the API server, without a slash at its end. */
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent: the one of the process, for a server that speaks plain HTTP. */
  readonly dispatcher?: Dispatcher | undefined;
}

/** A cluster's address and credentials. */
export interface ApiServer {
  /** @throws `EngineRefused` when the settings lead to no credentials */
  authorize(): Promise<Credentialed>;
  /** Has the next call read everything again: what is kept was refused. */
  renew(): void;
}
