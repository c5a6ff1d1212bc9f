/** A repository with one service, `shop/web`, and a developer's clone of it. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRepository } from '../../../cli/demo/repository.ts';
import { APP_HEALTH_PATH, APP_PORT, writeFixtureApp } from '../fixtures/app.ts';
import type { FixtureApp } from '../fixtures/app.ts';
import type { AddedRepository, GitHub } from '../../../stand-ins/github/start.ts';

export interface ShopCommit extends FixtureApp {
  readonly strategy?: 'recreate' | 'blue-green';
  /** Health attempts; few, because tests expect some of them to fail. */
  readonly attempts?: number;
  /** A shell line as the release command. */
  readonly release?: string;
  /** Replaces the whole landfall.yaml. */
  readonly landfallYaml?: string;
  readonly message?: string;
  /** Takes the Dockerfile away: nothing is left that anybody could build. */
  readonly withoutDockerfile?: boolean;
}

export interface Shop {
  readonly repository: AddedRepository;
  readonly dir: string;
  /** The service's address on the first host. */
  readonly url: string;
  readonly publishPort: number;
  /** Writes, commits and pushes. @returns the commit's id */
  push(commit: ShopCommit): Promise<string>;
  /** A visitor's answer at this moment: status and text, or why there was none. */
  visit(): Promise<string>;
}

export async function createShop(
  gitHub: GitHub,
  dir: string,
  hosts: readonly string[],
  publishPort: number,
): Promise<Shop> {
  const repository = await gitHub.addRepository({ owner: 'acme', name: 'shop' });
  const clone = await createRepository(dir, repository.pushUrl);
  const url = `http://127.0.0.1:${String(publishPort)}`;
  return {
    repository,
    dir,
    url,
    publishPort,
    async push({
      strategy = 'blue-green',
      attempts = 3,
      release,
      landfallYaml,
      message,
      withoutDockerfile = false,
      ...app
    }) {
      writeFixtureApp(dir, app);
      if (withoutDockerfile) rmSync(join(dir, 'Dockerfile'));
      writeFileSync(
        join(dir, 'landfall.yaml'),
        landfallYaml ?? settings({ hosts, strategy, attempts, port: publishPort, release }),
      );
      return clone.push(message ?? `Version ${app.version}`);
    },
    async visit() {
      try {
        const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
        return `${String(response.status)} ${(await response.text()).trim()}`;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
  };
}

const NOT_WAITED_FOR = '{ for: 0s, successes: 1 }';

/**
 * A landfall.yaml of the shop.
 *
 * @param environments - YAML, indented by two spaces
 * @param service - more of its service, indented by four
 * @param stable - `health.stable`: its default of five seconds would be added to every deployment
 */
export const shopYaml = (environments: string, { attempts = 3, stable = NOT_WAITED_FOR, service = '' } = {}): string =>
  `version: 1
project: shop
services:
  web:
    run: { port: ${String(APP_PORT)} }
    health: { path: ${APP_HEALTH_PATH}, attempts: ${String(attempts)}, firstWait: 200ms, maxWait: 500ms, timeout: 2s, stable: ${stable} }
${service}environments:
${environments}`;

interface Settings {
  readonly hosts: readonly string[];
  readonly strategy: string;
  readonly attempts: number;
  readonly port: number;
  readonly release: string | undefined;
}

const settings = ({ hosts, strategy, attempts, port, release }: Settings): string =>
  shopYaml(
    `  production:
    production: true
    target:
      podman: { hosts: [${hosts.join(', ')}], strategy: ${strategy}, publish: { web: ${String(port)} } }
`,
    {
      attempts,
      ...(release !== undefined && { service: `    release: { command: [sh, -c, ${JSON.stringify(release)}] }\n` }),
    },
  );
