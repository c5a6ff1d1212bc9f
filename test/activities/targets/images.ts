/** Images for deploying: one program that can behave and misbehave, in several versions, pushed to the run's registry. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { where } from '../../../infra/dev/locate.ts';
import { makeLayer, type Entry, type Layer } from '../../support/image-layer.ts';
import { putImage } from '../../support/registry-image.ts';

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

interface Image {
  /** HOST:PORT/NAME */
  readonly repository: string;
  readonly version: string;
  /** With the image's own HEALTHCHECK of `/health`: it passes, or not; there is none by default. */
  readonly check?: 'passes' | 'fails';
  /** More of the image's `config`, as Docker writes it. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** More files, by absolute path. */
  readonly files?: Readonly<Record<string, Entry>>;
}

/**
 * Pushes one version. Made without an engine: these images are for being deployed, and a build takes two seconds of
 * processor time, where this takes a hundredth of one.
 *
 * @returns `registry/repository@sha256:…`
 */
export async function publish({ repository, version, check, config, files = {} }: Image): Promise<string> {
  const [registry = '', ...name] = repository.split('/');
  const probed = check === 'fails' ? '/nothing-here' : PATHS.healthy;
  const probe = `wget -q -O /dev/null http://127.0.0.1:${PORT}${probed} || exit 1`;
  program ??= makeProgram();
  const digest = await putImage({
    registry,
    name: name.join('/'),
    tag: version,
    format: 'docker',
    layers: [await program, await makeLayer({ '/www/index.html': { content: `ok ${version}\n` }, ...files })],
    config: {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      // busybox as PID 1 ignores SIGTERM: every stop would take its whole patience.
      StopSignal: 'SIGKILL',
      Cmd: ['httpd', '-f', '-p', String(PORT), '-h', '/www'],
      ...(check && { Healthcheck: { Test: ['CMD-SHELL', probe] } }),
      ...config,
    },
  });
  return `${repository}@${digest}`;
}

let program: Promise<Layer> | undefined;

/** The layer that all versions have: a static busybox that serves `/www`. */
function makeProgram(): Promise<Layer> {
  const busybox = where('busybox');
  const names = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  const links = names.filter((name) => name !== 'busybox').map((name) => [`/bin/${name}`, { link: 'busybox' }]);
  const scripts = Object.entries(CGI).map(([name, script]) => [
    `/www/cgi-bin/${name}`,
    { content: `#!/bin/sh\n${script}\n`, mode: 0o755 },
  ]);
  return makeLayer({
    '/bin/busybox': { content: readFileSync(busybox), mode: 0o755 },
    '/www/health': { content: 'ok\n' },
    ...(Object.fromEntries([...links, ...scripts]) as Record<string, Entry>),
  });
}
