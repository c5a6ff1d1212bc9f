/** The service that the demo deploys: static busybox in an otherwise empty image, so that nothing is downloaded. */
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { where } from '../../infra/dev/locate.ts';

export interface Version {
  /** The page's text. */
  readonly page: string;
  readonly flaw?: 'unhealthy' | 'does not build';
  /** From its start until it answers. */
  readonly startSeconds: number;
}

const PORT = 8080;
/** The CI workflow that environments wait for. */
export const CI_WORKFLOW = '.github/workflows/ci.yml';
/** The approver that production requires: the access token that the demo makes. */
const APPROVER = 'token:local';

/** The port of each environment. */
export interface Ports {
  readonly dev: number;
  readonly staging: number;
  readonly production: number;
}

/** Writes the whole repository: the application, its Dockerfile and its landfall.yaml. */
export async function writeExampleApp(dir: string, version: Version, ports: Ports, promoted: boolean): Promise<void> {
  await mkdir(join(dir, 'www'), { recursive: true });
  await copyFile(where('busybox'), join(dir, 'busybox'));
  await chmod(join(dir, 'busybox'), 0o755);
  await writeFile(join(dir, 'www', 'index.html'), `${version.page}\n`);
  await writeFile(join(dir, 'start.sh'), start(version));
  await writeFile(join(dir, 'Dockerfile'), dockerfile(version));
  await writeFile(join(dir, 'landfall.yaml'), landfallYaml(ports, promoted));
}

const start = ({ startSeconds, flaw }: Version): string => `#!/bin/sh
sleep ${String(startSeconds)}
${flaw === 'unhealthy' ? '# This version forgets to say that it is healthy.' : 'echo fine > /www/health'}
exec httpd -f -p ${String(PORT)} -h /www
`;

const dockerfile = ({ flaw }: Version): string => `FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
COPY www /www
COPY start.sh /start.sh
${flaw === 'does not build' ? 'RUN echo "main.c:1: error: expected expression" >&2 && exit 1' : ''}
# As the first process of a container busybox ignores SIGTERM.
STOPSIGNAL SIGKILL
EXPOSE ${String(PORT)}
CMD ["sh", "/start.sh"]
`;

const landfallYaml = (ports: Ports, promoted: boolean): string => `version: 1
project: shop
services:
  web:
    run: { port: ${String(PORT)} }
    # Short waits, so that the demo need not wait long for what it expects to fail.
    health: { path: /health, attempts: 6, timeout: 1s, firstWait: 250ms, maxWait: 1s, stable: { for: 1s } }
environments:
${promoted ? beforeProduction(ports) : ''}  production:
    production: true
${promoted ? `    ci: ${CI_WORKFLOW}\n    approval: { from: { users: ["${APPROVER}"] } }\n` : ''}${target(ports.production)}`;

const beforeProduction = ({ dev, staging }: Ports): string =>
  [['dev', dev] as const, ['staging', staging] as const]
    .map(([name, port]) => `  ${name}:\n    ci: ${CI_WORKFLOW}\n${target(port)}`)
    .join('');

const target = (port: number): string => `    target:
      podman: { hosts: [local], strategy: blue-green, publish: { web: ${String(port)} } }
`;
