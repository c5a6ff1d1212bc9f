/** Images for deploying: one program that can behave and misbehave, in several versions, pushed to the run's registry. */
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { where } from '../../../infra/dev/locate.ts';
import type { PodmanHost } from '../../../infra/dev/podman-host.ts';

export const PORT = 8080;

/** `GET` of these answers as they are called; `/` answers "ok <version>". */
export const PATHS = {
  healthy: '/health',
  redirect: '/cgi-bin/redirect',
  broken: '/cgi-bin/broken',
  silent: '/cgi-bin/silent',
  slow: '/cgi-bin/slow',
  once: '/cgi-bin/once',
  /** Every fifth answer is good, from the first on. */
  fifth: '/cgi-bin/fifth',
  /** Answers the host `shop.example` only, with "ready". */
  hosted: '/cgi-bin/hosted',
} as const;

/** The head of a CGI program's answer, before its body. */
const head = (...lines: string[]): string => `printf '${[...lines, ''].map((line) => `${line}\\r\\n`).join('')}'`;
const CGI = {
  redirect: head('Status: 302 Found', 'Location: https://login.example/in?token=not-for-logs'),
  broken: head('Status: 500 Internal Server Error'),
  silent: 'sleep 60',
  slow: `sleep 1; ${head('Content-Type: text/plain')}; cat /www/index.html`,
  fifth: `echo >> /count; [ $(($(wc -l < /count) % 5)) = 1 ] || { ${head('Status: 503 Service Unavailable')}; exit; }; ${head('Content-Type: text/plain')}`,
  hosted: `if [ "$HTTP_HOST" = shop.example ]; then ${head('Content-Type: text/plain')}; echo ready; else ${head('Status: 400 Bad Request')}; echo "unknown host $HTTP_HOST"; fi`,
  once: `[ -e /asked ] && sleep 60; touch /asked; ${head('Content-Type: text/plain')}`,
};

interface Build {
  readonly repository: string;
  readonly version: string;
  /** With the image's own HEALTHCHECK of `/health`: it passes, or not; there is none by default. */
  readonly check?: 'passes' | 'fails';
  /** More lines of its Dockerfile, at the end. */
  readonly lines?: readonly string[];
}

/** Builds and pushes one version, and forgets it locally. @returns `registry/repository@sha256:…` */
export async function publish(host: PodmanHost, { repository, version, check, lines = [] }: Build): Promise<string> {
  const dir = join(host.dir, 'fixture');
  mkdirSync(join(dir, 'cgi-bin'), { recursive: true });
  copyFileSync(where('busybox'), join(dir, 'busybox'));
  for (const [name, script] of Object.entries(CGI)) {
    writeFileSync(join(dir, 'cgi-bin', name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(dir, 'cgi-bin', name), 0o755);
  }
  const probed = check === 'fails' ? '/nothing-here' : PATHS.healthy;
  writeFileSync(
    join(dir, 'Dockerfile'),
    [
      'FROM scratch',
      'COPY busybox /bin/busybox',
      'RUN ["/bin/busybox", "--install", "-s", "/bin"]',
      'COPY cgi-bin /www/cgi-bin',
      'RUN echo ok > /www/health',
      // busybox as PID 1 ignores SIGTERM: every stop would take its whole patience.
      'STOPSIGNAL SIGKILL',
      `CMD ["httpd", "-f", "-p", "${PORT}", "-h", "/www"]`,
      ...(check ? [`HEALTHCHECK CMD wget -q -O /dev/null http://127.0.0.1:${PORT}${probed} || exit 1`] : []),
      `RUN echo "ok ${version}" > /www/index.html`,
      ...lines,
      '',
    ].join('\n'),
  );
  const name = `${repository}:${version}`;
  const digestFile = join(dir, 'digest');
  await host.podman(['build', '--quiet', '--layers', '--format', 'docker', '--tag', name, dir]);
  await host.podman(['push', '--quiet', '--digestfile', digestFile, name]);
  await host.podman(['rmi', name]);
  return `${repository}@${readFileSync(digestFile, 'utf8').trim()}`;
}
