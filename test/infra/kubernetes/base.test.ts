/** The Kustomize base, held to Kubernetes' own schema, to the image and to Landfall's settings. No cluster takes part. */
import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { secretsInFiles } from '../../../cli/secret-files.ts';
import { readConfig } from '../../../workers/config.ts';
import { tempDir } from '../../support/tmp.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const BASE = join(ROOT, 'infra', 'kubernetes');
const read = (...path: readonly string[]): string => readFileSync(join(ROOT, ...path), 'utf8');
/** Kubernetes reads `0440` as octal, and so does this. */
const yaml = (name: string): unknown => parse(readFileSync(join(BASE, name), 'utf8'), { version: '1.1' });

const { resources, configMapGenerator } = yaml('kustomization.yaml') as {
  readonly resources: readonly string[];
  readonly configMapGenerator: readonly { readonly envs: readonly string[] }[];
};
const deployment = yaml('deployment.yaml') as {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly [
          {
            readonly env: readonly { readonly name: string; readonly value: string }[];
            readonly ports: readonly { readonly containerPort: number }[];
            readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
          },
        ];
      };
    };
  };
};
const pod = deployment.spec.template.spec;
const [container] = pod.containers;
const SECRETS = '/run/secrets/landfall';

test('every file of the base is what Kubernetes 1.36 takes, with no field that it does not know [H1][F5]', () => {
  const schema = JSON.parse(read('test/infra/kubernetes/kubernetes.schema.json')) as { kinds: Record<string, string> };
  const ajv = new Ajv({ strict: false, allErrors: true }).addSchema(schema, 'k8s');
  const problemsOf = (object: unknown) => {
    const { apiVersion, kind } = object as { apiVersion: string; kind: string };
    const validate = ajv.getSchema(`k8s${String(schema.kinds[`${apiVersion}/${kind}`])}`);
    return validate?.(object) === true ? [] : [validate?.errors ?? `${apiVersion}/${kind} has no schema here`];
  };

  expect(resources.flatMap((name) => problemsOf(yaml(name)))).toEqual([]);
  const wrong = { ...deployment, spec: { ...deployment.spec, replica: 2 } };
  expect(problemsOf(wrong).flat()).toEqual(
    expect.arrayContaining([expect.objectContaining({ instancePath: '/spec' })]),
  );
  expect(readdirSync(BASE).sort()).toEqual(['kustomization.yaml', 'settings.env', ...resources].sort());
});

describe('the deployment of the base', () => {
  test('starts Landfall: its settings and the files of its secret are complete [H1]', () => {
    const dir = tempDir();
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const files = {
      'database-url': 'postgres://landfall:secret@postgres.databases.svc/landfall',
      'github-app.pem': String(privateKey.export({ type: 'pkcs1', format: 'pem' })),
      'github-webhook-secret': 'a-secret-of-the-webhook',
      'secrets.key': `key-1:${Buffer.alloc(32).toString('base64')}`,
      tokens: `octocat:${'0'.repeat(64)}`,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
    const settings = read('infra/kubernetes', String(configMapGenerator[0]?.envs[0]))
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
    const env: Record<string, string> = {
      ...Object.fromEntries(settings),
      ...Object.fromEntries(
        container.env.map(({ name, value }): [string, string] => [name, value.replace(SECRETS, dir)]),
      ),
      LANDFALL_DATA_DIR: '/var/lib/landfall',
      LANDFALL_LISTEN: '0.0.0.0:8080',
    };

    const config = readConfig({ ...env, ...secretsInFiles(env) });

    expect(config).toMatchObject({ publicUrl: 'https://landfall.example.com', hosts: [], logLevel: 'info' });
    expect(config.tokens).toHaveLength(1);
    // The page that makes the secret names the same files.
    const named = container.env.map(({ value }) => value.replace(`${SECRETS}/`, ''));
    expect(named.toSorted()).toEqual(Object.keys(files).toSorted());
    const [, command = ''] = /(kubectl create secret generic landfall[^]*?)\n\n/.exec(read('docs/container.md')) ?? [];
    expect([...command.matchAll(/--from-file=(\S+?)(?:=|\s|$)/g)].map(([, name]) => name).toSorted()).toEqual(
      named.toSorted(),
    );
  });

  test('runs the image as the image is made: user, port, data folder [H1]', () => {
    const image = read('infra/image/Containerfile');
    expect(image).toContain('\nUSER 10001:10001\n');
    expect(image).toContain(`LANDFALL_LISTEN=0.0.0.0:${String(container.ports[0]?.containerPort)}\n`);
    expect(image).toContain('LANDFALL_DATA_DIR=/var/lib/landfall ');
    expect(container.volumeMounts).toContainEqual({ name: 'data', mountPath: '/var/lib/landfall' });
  });

  test('has no more rights than the strictest of Kubernetes’ Pod Security Standards leaves [H1]', () => {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 10_001, seccompProfile: { type: 'RuntimeDefault' } },
      volumes: [{ persistentVolumeClaim: {} }, { secret: { defaultMode: 0o440 } }, { emptyDir: {} }],
    });
    expect(container).toMatchObject({
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    });
  });

  test('takes webhooks while Temporal is away: its probes ask whether Landfall lives, not whether all of it is ready [B1]', () => {
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'])
      expect(container).toHaveProperty([probe, 'httpGet', 'path'], '/healthz');
  });
});
