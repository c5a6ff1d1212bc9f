import { describeTargetContract } from './contract.ts';
import { startPodmanPlace } from './podman-place.ts';

const place = await startPodmanPlace('contract');

describeTargetContract('Podman, recreate', async () => place.harness('recreate'));
describeTargetContract('Podman, blue-green', async () => place.harness('blue-green'));
