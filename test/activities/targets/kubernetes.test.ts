import { describeTargetContract } from './contract.ts';
import { startKubernetesPlace } from './kubernetes-place.ts';

const place = await startKubernetesPlace('kubernetes-contract');

describeTargetContract('Kubernetes, rolling', async () => place.harness('rolling'));
describeTargetContract('Kubernetes, blue-green', async () => place.harness('blue-green'));
