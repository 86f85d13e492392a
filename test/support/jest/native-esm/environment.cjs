// The environment of a test file: the process itself, and not a context of `node:vm`. A worker runs one file after the
// other, so what a file does to the environment variables, `console` and `process.exit` is undone at its end.

const { ModernFakeTimers } = require('@jest/fake-timers');
const { ModuleMocker } = require('jest-mock');

/** Jest puts its own in their place, for each file. */
const { console } = globalThis;
const exit = Reflect.get(process, 'exit');

// Jest lets go of a worker by the removal of the listener that it speaks to it by, and kills what is there half a
// second later. To end by itself takes longer where the machine is busy: the heap is taken apart, and the thread of the
// hooks.
process.on('removeListener', (event, { name }) => {
  if (event === 'message' && name === 'messageListener') process.exit();
});

module.exports = class ProcessEnvironment {
  global = globalThis;
  moduleMocker = new ModuleMocker(globalThis);
  variables = { ...process.env };

  constructor({ projectConfig }) {
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
  }

  async setup() {}

  async teardown() {
    this.fakeTimersModern.dispose();
    this.moduleMocker.restoreAllMocks();
    globalThis.console = console;
    process.exit = exit;
    for (const name of Object.keys(process.env)) if (!(name in this.variables)) delete process.env[name];
    Object.assign(process.env, this.variables);
  }

  exportConditions() {
    return ['node', 'node-addons'];
  }

  getVmContext() {
    return null;
  }
};
