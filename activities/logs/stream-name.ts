/** What `logStream` of contracts/core/ids.ts makes: it becomes a file's name and a part of a URL. */
const STREAM = /^(?:build|deployment)-[a-z0-9](?:[a-z0-9.-]{0,198}[a-z0-9])?$/;

export function isStreamName(name: string): boolean {
  return STREAM.test(name);
}
