import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { createPodmanClient } from '../../../activities/podman/client.ts';
import { createPodmanTarget } from '../../../activities/targets/podman/target.ts';
import type { DeploymentView } from '../../../contracts/http/api.ts';
import { HostSettings } from '../../../contracts/config/host.ts';
import type { Observation } from '../../../contracts/deployment/target.ts';
import { perform } from '../../activities/targets/perform.ts';
import { deploymentRequest, targetRequest } from '../simulation/fixtures.ts';
import type { Stage } from './stage.ts';

/** Every host's observation of the deployment's environment: the same by which deployments are verified. */
export function observe({ dir, registry }: Stage, deployment: DeploymentView): Promise<readonly Observation[]> {
  const { id: deploymentId, project, service, environment, generation, image, digest, commit } = deployment;
  const hosts = z.array(HostSettings).parse(JSON.parse(readFileSync(join(dir, 'hosts.json'), 'utf8')));
  const key = { project, service, environment };
  const usual = deploymentRequest({ key, sequence: 1, hosts: hosts.map(({ name }) => name) });
  const request = targetRequest({ ...usual, deploymentId, image, digest, commit }, generation ?? 0);
  return Promise.all(
    hosts.map((host) => {
      const target = createPodmanTarget({
        ...{ host, podman: createPodmanClient(host.podmanSocket), registry: { address: registry, insecure: true } },
        logs: { append: async () => undefined },
        variables: { valuesOf: async () => null },
      });
      return perform(target.observe, request);
    }),
  );
}
