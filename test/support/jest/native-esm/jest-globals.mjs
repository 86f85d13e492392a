// `@jest/globals`. Modules that several test files share are loaded once, so each name leads to the running test file.

const forward = (name) =>
  new Proxy(() => undefined, {
    apply: (_, self, parameters) => Reflect.apply(globalThis[CURRENT][name], self, parameters),
    get: (_, key) => globalThis[CURRENT][name][key],
  });

/** The place of the running test file's own globals. The runtime sets it. */
export const CURRENT = Symbol.for('eventfold.jest-globals');

export const afterAll = forward('afterAll');
export const afterEach = forward('afterEach');
export const beforeAll = forward('beforeAll');
export const beforeEach = forward('beforeEach');
export const describe = forward('describe');
export const expect = forward('expect');
export const it = forward('it');
export const jest = forward('jest');
export const test = forward('test');
