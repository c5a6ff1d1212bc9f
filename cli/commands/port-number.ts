import { InvalidArgumentError } from 'commander';

/** @throws InvalidArgumentError for what is no port */
export function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new InvalidArgumentError('Use a port from 1 to 65535.');
  return port;
}
