/** Test files are loaded as Node.js loads modules, not by Jest's own runtime: `test/support/native-esm/runtime.cjs`. */
const shared = {
  runtime: '<rootDir>/test/support/native-esm/runtime.cjs',
  testEnvironment: '<rootDir>/test/support/native-esm/environment.cjs',
  injectGlobals: false,
};

export default {
  // More than there are cores: tests wait for processes, timers and the database half of their time.
  maxWorkers: 4,
  // A worker that has run many files has a large heap, whose collection takes a multiple of the time of the tests.
  workerIdleMemoryLimit: '700MB',
  reporters: ['default', '<rootDir>/test/support/slowest-files.mjs'],
  testTimeout: 120_000, // of a machine that is slow: a test that hangs is one that fails
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/src/**/*.spec.ts'] },
    {
      ...shared,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/**/*.e2e-spec.ts'],
      setupFilesAfterEnv: ['<rootDir>/test/support/fail-on-faults.ts'],
      globalSetup: '<rootDir>/test/support/global-setup.mjs',
      globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
    },
  ],
};
