/** The objects that hold the values of one revision. A pod names them, so that no value is in a pod's own object. */
import type { V1ConfigMap, V1Secret } from '@kubernetes/client-node';
import type { VariableValues } from '../../../../contracts/config/variables.ts';
import { COMPONENT } from '../labels.ts';
import { secretsName, variablesName } from '../names.ts';
import type { Run } from '../run.ts';
import { metadataOf, type Maker } from './metadata.ts';

/** @returns `undefined` when there are no variables */
export function variablesMap(maker: Maker, run: Run, values: VariableValues | null): V1ConfigMap | undefined {
  if (!values || Object.keys(values.variables).length === 0) return undefined;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadataOf(maker, run, { name: variablesName(run.key, values), component: COMPONENT.variables }),
    immutable: true,
    data: { ...values.variables },
  };
}

/** @returns `undefined` when there are no secrets. The only object that has them in it: it goes to the API server alone. */
export function secretsObject(maker: Maker, run: Run, values: VariableValues | null): V1Secret | undefined {
  const secrets = Object.entries(values?.secrets ?? {});
  if (!values || secrets.length === 0) return undefined;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadataOf(maker, run, { name: secretsName(run.key, values), component: COMPONENT.variables }),
    type: 'Opaque',
    immutable: true,
    data: Object.fromEntries(secrets.map(([name, value]) => [name, base64(value.reveal())])),
  };
}

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
