import { startTestServer } from 'nest-eventfold/testing';

let server;

// Jest: `globalSetup` and, in a file of its own, `globalTeardown`. Vitest: `globalSetup` takes both from one file.
export async function setup() {
  server = await startTestServer();
}

export async function teardown() {
  await server.stop();
}
