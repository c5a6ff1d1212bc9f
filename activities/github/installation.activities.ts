import { cancellationSignal } from '@temporalio/activity';
import type { InstallationActivities, InstallationRecord } from './installation.port.ts';
import type { Installations } from './installations.ts';
import type { TokenBroker } from './token-broker.ts';

interface InstallationActivitiesOptions {
  readonly installations: Installations;
  readonly broker: TokenBroker;
  readonly record: InstallationRecord;
}

/** See the port for what it promises. */
export function createInstallationActivities({
  installations,
  broker,
  record,
}: InstallationActivitiesOptions): InstallationActivities {
  return {
    async refreshInstallation(installationId) {
      // Tokens of before may have other permissions, or none. Other processes forget theirs when GitHub refuses them.
      broker.drop(installationId);
      const reading = await installations.read(installationId, cancellationSignal());
      await record.record(reading);
      return { state: reading.state };
    },
  };
}
