import { expect, test } from '@jest/globals';
import { findProblems, problemsOf, reachesOf } from '../../infra/setup/arrows.mjs';

const MODULES = ['api/app.ts', 'workers/standalone.ts', 'workers/yaml-thread.ts', 'workflows/index.ts', 'cli/main.ts'];
const reaches = (file: string, text: string) => reachesOf(file, text, (path) => MODULES.includes(path));

test.each([
  ["new URL('../workers/standalone.ts', import.meta.url)", ['workers/standalone.ts']],
  ['new URL(`../workers/standalone.ts`, import.meta.url)', ['workers/standalone.ts']],
  ["join(import.meta.dirname, '..', 'workers', 'standalone.ts')", ['workers/standalone.ts']],
  ["join(ROOT, 'workflows', 'index.ts')", ['workflows/index.ts']],
  ["spawn('node', ['cli/main.ts', 'demo'])", ['cli/main.ts']],
  ["threadBeside(import.meta.url, '../workers/yaml-thread')", ['workers/yaml-thread.ts']],
  ["import { app } from '../api/app.ts';", []],
  ["const app = await import('../api/app.ts');", []],
  ['/** See `../api/app.ts`. */', []],
  ["const name = 'api/none.ts';", []],
])('%s reaches %j by path', (text, modules) => {
  expect(reaches('store/one.ts', text)).toEqual({ modules, starts: false });
});

test.each([
  ["import { spawn } from 'node:child_process';", true],
  ["import { execa } from 'execa';", true],
  ["const { fork } = await import('node:cluster');", true],
  ["export { exec } from 'child_process';", true],
  ["process.execve(process.execPath, [process.execPath, 'a.mjs']);", true],
  ["import { Worker } from 'node:worker_threads';", false],
])('%s can start a program: %s', (text, starts) => {
  expect(reaches('store/one.ts', text).starts).toBe(starts);
});

const RULES = [
  { name: 'apart', comment: 'they do not know each other', from: { path: '^store/' }, to: { path: '^api/' } },
];

test('a path that an import may not take, and a starter that is not listed, are problems', () => {
  const text =
    "import 'node:child_process'; new URL('../api/app.ts', import.meta.url); new URL('../cli/main.ts', import.meta.url);";
  expect(problemsOf('store/one.ts', reaches('store/one.ts', text), RULES)).toEqual([
    'store/one.ts → api/app.ts, by path: apart (they do not know each other)',
    expect.stringContaining('store/one.ts starts programs'),
  ]);
});

test('what is listed and not so any more is a problem', () => {
  expect(problemsOf('cli/worker/worker.ts', { modules: [], starts: false }, RULES)).toEqual([
    expect.stringContaining('does not start workers/remote-host.ts any more'),
    expect.stringContaining('starts nothing any more'),
  ]);
});

test('the project has none', () => {
  expect(findProblems()).toEqual([]);
});
