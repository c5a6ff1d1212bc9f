/** The service that the demo deploys: static busybox in an otherwise empty image, so that nothing is downloaded. */
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { where } from '../../infra/dev/locate.ts';

export interface Version {
  /** What the page says. */
  readonly page: string;
  readonly flaw?: 'unhealthy' | 'does not build';
  /** How long it takes from its start until it answers. */
  readonly startSeconds: number;
}

const PORT = 8080;

/** Writes the whole repository: the application, its Dockerfile and its landfall.yaml. */
export async function writeExampleApp(dir: string, version: Version, publishPort: number): Promise<void> {
  await mkdir(join(dir, 'www'), { recursive: true });
  await copyFile(where('busybox'), join(dir, 'busybox'));
  await chmod(join(dir, 'busybox'), 0o755);
  await writeFile(join(dir, 'www', 'index.html'), `${version.page}\n`);
  await writeFile(join(dir, 'start.sh'), start(version));
  await writeFile(join(dir, 'Dockerfile'), dockerfile(version));
  await writeFile(join(dir, 'landfall.yaml'), landfallYaml(publishPort));
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

const landfallYaml = (publishPort: number): string => `version: 1
project: shop
services:
  web:
    run: { port: ${String(PORT)} }
    # Short waits, so that the demo need not wait long for what it expects to fail.
    health: { path: /health, attempts: 6, timeout: 1s, firstWait: 250ms, maxWait: 1s }
environments:
  production:
    production: true
    target:
      podman: { hosts: [local], strategy: blue-green, publish: { web: ${String(publishPort)} } }
`;
