/**
 * The command line opens the modules of an application without folding, whatever their options say. The override
 * belongs to one opening and travels in its async context: `ResolvedOptions` are made while Nest opens the application,
 * for `forRoot` and `forRootAsync` alike. An environment variable would also reach child processes, and a global every
 * other application of the process.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** @param stated the options as the application gives them, with defaults */
type Override = (stated: object) => object;

const overrides = new AsyncLocalStorage<Override>();

/** Opens an application with other options for its event stores than it states. */
export const openedWith = <Result>(override: Override, open: () => Promise<Result>): Promise<Result> =>
  overrides.run(override, open);

/** The overrides of these options; none in an application that is started normally. */
export const overridesOf: Override = (stated) => overrides.getStore()?.(stated) ?? {};
