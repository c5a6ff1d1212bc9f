// @ts-check
/** Finds a Go that can build the Kubernetes of the tests. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { VENV_BIN } from './places.mjs';

/** Kubernetes 1.36 asks for it in its go.mod. */
const MINIMUM = [1, 26];

/** A compiler that is too old must say so rather than fetch another one. */
export const GO_ENV = { CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOWORK: 'off', GOFLAGS: '-mod=readonly' };

/**
 * @param {{ ours?: boolean }} [options] - `ours`: the one that setup installed will do as well; true by default
 * @returns {string | undefined} the path of one that is new enough
 */
export function findGo({ ours = true } = {}) {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder && folder !== VENV_BIN);
  const folders = [...onPath, ...(ours ? [VENV_BIN] : [])];
  return folders.map((folder) => join(folder, 'go')).find((go) => existsSync(go) && isNewEnoughGo(versionOf(go)));
}

/** @param {string} go */
function versionOf(go) {
  const env = { ...process.env, ...GO_ENV };
  const { status, stdout } = spawnSync(go, ['env', 'GOVERSION'], { encoding: 'utf8', env });
  return status === 0 ? stdout : '';
}

/** @param {string} version - `go1.26.6` */
export function isNewEnoughGo(version) {
  const [, major = 0, minor = 0] = (/^go(\d+)\.(\d+)/.exec(version) ?? []).map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = MINIMUM;
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
