// The environment of a test file: the process itself, and not a context of `node:vm`. A worker runs one file after the
// other. So changes of a file to the environment variables, `console` and `process.exit` are undone at its end.

const { ModernFakeTimers } = require('@jest/fake-timers');
const { ModuleMocker } = require('jest-mock');

/** Jest replaces them for each file. */
const { console } = globalThis;
const exit = Reflect.get(process, 'exit');

// Jest ends a worker when it removes the listener for its messages, and kills a living one half a second later. On a
// busy machine an orderly end takes longer, because it takes the heap and the thread of the hooks apart.
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
