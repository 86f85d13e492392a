// Loads modules for Jest by `import()`, as Node.js does for our users. Jest's own runtime links each module anew for
// each test file, in a context of `node:vm` with an `Error` and an `Array` of its own. It also does so in two ways that
// depend on the version of Node.js. Here a worker loads Nest, TypeORM and our sources once. Only the test file itself
// and the files of `setupFilesAfterEnv` are loaded anew.
//
// It has the members that jest-runner and jest-circus call. `jest.mock` and coverage are not among them.

const asyncHooks = require('node:async_hooks');
const { register, registerHooks } = require('node:module');
const { fileURLToPath, pathToFileURL } = require('node:url');

const CURRENT_GLOBALS = Symbol.for('eventfold.jest-globals');
const CIRCUS_EVENT_HANDLERS = Symbol.for('EVENT_HANDLERS');
let files = 0;
/** @type {Promise<(file: string) => string>} started once a worker */
let loader;

class NativeRuntime {
  constructor(_config, environment) {
    this.environment = environment;
    this.file = ++files;
    /** @type {asyncHooks.AsyncLocalStorage[]} those of jest-circus for this file */
    this.storages = [];
  }

  /** Loads jest-circus anew: its state belongs to one test file. */
  requireInternalModule(path) {
    delete globalThis[CIRCUS_EVENT_HANDLERS];
    delete require.cache[require.resolve(path)];
    return this.recordingStorages(() => require(path));
  }

  /**
   * Before Node.js 24 each promise carries every storage that was ever used, and jest-circus makes one for each file.
   */
  recordingStorages(load) {
    const before = Object.getOwnPropertyDescriptor(asyncHooks, 'AsyncLocalStorage');
    const { AsyncLocalStorage } = asyncHooks;
    const { storages } = this;
    const value = class extends AsyncLocalStorage {
      constructor(...parameters) {
        super(...parameters);
        storages.push(this);
      }
    };
    // From Node.js 22 on it is a getter.
    Object.defineProperty(asyncHooks, 'AsyncLocalStorage', { value, configurable: true });
    try {
      return load();
    } finally {
      Object.defineProperty(asyncHooks, 'AsyncLocalStorage', before);
    }
  }

  requireModule(path) {
    return require(path);
  }

  unstable_shouldLoadAsEsm() {
    return true;
  }

  async unstable_importModule(path) {
    this.translationOf = await (loader ??= startLoader());
    await import(`${pathToFileURL(path).href}?file=${this.file}`);
  }

  setGlobalsForRuntime(globals) {
    globalThis[CURRENT_GLOBALS] = { ...globals, jest: this.jestObject() };
  }

  jestObject() {
    const { moduleMocker: mocks, fakeTimersModern: timers } = this.environment;
    return {
      fn: mocks.fn.bind(mocks),
      spyOn: mocks.spyOn.bind(mocks),
      restoreAllMocks: () => mocks.restoreAllMocks(),
      useFakeTimers: (options) => timers.useFakeTimers(options),
      useRealTimers: () => timers.useRealTimers(),
      getTimerCount: () => timers.getTimerCount(),
      advanceTimersByTimeAsync: (ms) => timers.advanceTimersByTimeAsync(ms),
    };
  }

  /** The source map of a file, for stack traces. */
  getSourceMaps() {
    return new SourceMaps((file) => this.translationOf(file));
  }

  enterTestCode() {}
  leaveTestCode() {}
  teardown() {
    for (const storage of this.storages) storage.disable();
  }
  getAllCoverageInfoCopy() {}
  getAllV8CoverageInfoCopy() {}
}

/** Answers for any TypeScript file in a stack: no file is registered in it. */
class SourceMaps extends Map {
  constructor(translationOf) {
    super();
    this.translationOf = translationOf;
  }

  get(source) {
    const file = source.startsWith('file:') ? fileURLToPath(source) : source;
    const [path] = file.split('?');
    return path.endsWith('.ts') ? `${this.translationOf(path)}.map` : undefined;
  }
}

/** @returns a function that returns the path of a TypeScript file's translation */
async function startLoader() {
  const hooks = pathToFileURL(`${__dirname}/hooks.mjs`);
  if (registerHooks) registerHooks((await import(hooks)).synchronous);
  else register(hooks);
  return (await import('./transpiler.mjs')).translationOf;
}

module.exports = { __esModule: true, default: NativeRuntime };
