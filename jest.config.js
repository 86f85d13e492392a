/** Node.js loads test files by its own rules, not by the runtime of Jest: `native-esm/runtime.cjs`. */
const shared = {
  runtime: '<rootDir>/test/support/jest/native-esm/runtime.cjs',
  testEnvironment: '<rootDir>/test/support/jest/native-esm/environment.cjs',
  injectGlobals: false,
};

export default {
  // More than there are cores: tests wait for processes, timers and the database half of their time.
  maxWorkers: 4,
  // A worker that has run many files has a large heap, whose collection takes a multiple of the time of the tests.
  workerIdleMemoryLimit: '700MB',
  reporters: ['default', '<rootDir>/test/support/jest/slowest-files.mjs'],
  testTimeout: 120_000, // of a machine that is slow: a test that hangs is one that fails
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/src/**/*.spec.ts'] },
    {
      ...shared,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/**/*.e2e-spec.ts'],
      setupFilesAfterEnv: ['<rootDir>/test/support/jest/fail-on-faults.ts'],
      globalSetup: '<rootDir>/test/support/jest/global-setup.mjs',
      globalTeardown: '<rootDir>/test/support/jest/global-teardown.mjs',
    },
  ],
};
