import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { interpreterOf, isForeign, isNoProgram } from '../../../../activities/targets/podman/program.ts';

const head = (text: string): Buffer => Buffer.from(text);

test.each([
  ['#!/bin/sh\n', '/bin/sh'],
  ['#! /usr/bin/env node\n', '/usr/bin/env'],
  ['#!/bin/sh\r\n', '/bin/sh\r'],
  ['#!\t/bin/sh -e', '/bin/sh'],
  ['#!\n', undefined],
  ['echo hi\n', undefined],
  ['', undefined],
])('a script %j is run by %j', (text, interpreter) => {
  expect(interpreterOf(head(text))).toBe(interpreter);
});

test.each([
  ['', true],
  ['echo hi\n', true],
  ['#!/bin/sh\n', false],
  // A program for Windows, which some kernels have run by another one; WebAssembly.
  ['MZ and more text', false],
  ['\0asm\x01\0\0\0', false],
])('whether %j can be a program of any kernel is told only where it is certain', (text, none) => {
  expect(isNoProgram(head(text))).toBe(none);
});

test('a program of this machine is none of another one, and its loader is read', () => {
  const own = readFileSync(process.execPath).subarray(0, 4_096);

  expect(isForeign(own)).toBe(false);
  expect(isForeign(own, process.arch === 'arm64' ? 'x64' : 'arm64')).toBe(true);
  expect(isNoProgram(own)).toBe(false);
  expect(interpreterOf(own)).toMatch(/^\/lib.*\/ld-/);
});

test('no bytes of an image upset it', () => {
  const elf = fc.uint8Array({ maxLength: 300 }).map((rest) => Buffer.concat([head('\x7fELF'), rest]));
  fc.assert(
    fc.property(
      fc.oneof(
        elf,
        fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      ),
      (bytes) => {
        expect([typeof isNoProgram(bytes), typeof isForeign(bytes)]).toEqual(['boolean', 'boolean']);
        expect(['string', 'undefined']).toContain(typeof interpreterOf(bytes));
      },
    ),
  );
});
