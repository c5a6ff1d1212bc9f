/** Turns landfall.yaml into the settings that deployments carry: defaults filled in, texts as numbers. */
import { parseSize } from '../core/duration.ts';
import { own } from '../core/keys.ts';
import { protectionSettings } from './environment-rules.ts';
import { healthSettings } from './health-yaml.ts';
import type { LandfallYaml } from './landfall-schema.ts';
import { privilegesOf } from './privileges.ts';
import type { EnvironmentSettings, ReleaseCommand, ServiceSettings } from './service.ts';
import { targetSettings } from './targets/targets.ts';
import { milliseconds as ms } from './yaml-fields.ts';

function releaseCommand({
  command,
  entrypoint,
  timeout,
}: NonNullable<LandfallYaml['services'][string]['release']>): ReleaseCommand {
  return { command, ...(entrypoint !== undefined && { entrypoint }), timeoutMs: ms(timeout) };
}

/** A service of the file as deployments carry it. */
export function serviceSettings(service: LandfallYaml['services'][string]): ServiceSettings {
  const { build, run, health, release } = service;
  return {
    build: {
      root: service.root,
      builder: build.builder,
      dockerfile: build.dockerfile,
      args: build.args,
      timeoutMs: ms(build.timeout),
      contextLimitBytes: parseSize(build.contextLimit) ?? 0,
      ...(build.pull !== 'newer' && { pull: build.pull }),
      ...(build.submodules === 'skip' && { submodules: 'skip' }),
      ...(build.lfs === 'skip' && { lfs: 'skip' }),
    },
    run: {
      port: run.port,
      ...(run.command && { command: run.command }),
      ...(run.entrypoint && { entrypoint: run.entrypoint }),
      env: run.env,
      stopTimeoutMs: ms(run.stopTimeout),
      ...(run.warm === 'stopped' && { warm: run.warm }),
      ...(run.memory && { memoryBytes: parseSize(run.memory) ?? 0 }),
      privileges: privilegesOf(run),
      ...(release && { release: releaseCommand(release) }),
    },
    health: healthSettings(health),
  };
}

/** An environment as one service sees it; `undefined` when it does not run that service. */
export function environmentSettings(
  file: LandfallYaml,
  environment: string,
  service: string,
): EnvironmentSettings | undefined {
  const found = own(file.environments, environment);
  const target = found && targetSettings(found.target, service);
  if (!found || !target) return undefined;
  return { name: environment, production: found.production, target, ...protectionSettings(found) };
}
