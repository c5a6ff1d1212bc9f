/** Repositories that build within a moment, without any base image. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { where } from '../../../infra/dev/locate.ts';

/** One file in an image: nothing to run. */
export const LEAN = { Dockerfile: 'FROM scratch\nCOPY hello /hello\n', hello: 'hello' };

/** A Dockerfile whose steps have busybox at hand, as `/b/busybox` and for `RUN` in shell form. */
export function writeBusyboxBuild(folder: string, steps: string, dockerfile = 'Dockerfile'): void {
  mkdirSync(folder, { recursive: true });
  copyFileSync(where('busybox'), join(folder, 'busybox'));
  const lines = ['FROM scratch', 'COPY busybox /b/busybox', 'SHELL ["/b/busybox", "sh", "-c"]', steps];
  writeFileSync(join(folder, dockerfile), `${lines.join('\n')}\n`);
}

/** Says `step 1`, `step 2`, …, once a second. Its command line holds this text. */
export const SLOW_LOOP = 'i=0; while [ $i -lt 120 ]; do i=$((i + 1)); echo "step $i"; /b/busybox sleep 1; done';
