import { testRun } from './run.ts';

/**
 * The registry that the whole run shares, as it stands in front of an image's name: `127.0.0.1:40123`. Choose
 * repository names that no other file uses.
 */
export function testRegistry(): string {
  return testRun().registry;
}
