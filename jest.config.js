import { isTuned } from './infra/runtime-tuning/tuning.mjs';

/** @type {import('jest').Config} */
export default {
  testEnvironment: isTuned(process.env) ? '<rootDir>/infra/runtime-tuning/plain-global.mjs' : 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2023', experimental: { keepImportAttributes: true } },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/.toolchain', '<rootDir>/.cache'],
  testSequencer: '<rootDir>/test/support/sequencer.mjs',
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  // For two cores, the smallest machine that we promise: two files at a time leave a seventh of them idle, three a twentieth.
  maxWorkers: 3,
  // Each file leaves modules behind in its worker, whose garbage collector then takes more and more of the time.
  workerIdleMemoryLimit: '400MB',
  testTimeout: 180_000,
};
