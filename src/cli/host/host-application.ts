/** Opens the application of a host for one command: its own modules, its data sources, its log lines. */
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { setTimeout as sleep } from 'node:timers/promises';
import { untilAborted } from '../../service/database/until-aborted.js';
import { openedWith, requireSingleCopy, withUnchangedSchema } from '../../event-sourcing/for-service.js';
import type { EventSourcingOptions } from '../../event-sourcing/options/event-sourcing-options.js';
import type { ResolvedOptions } from '../../event-sourcing/options.js';
import { CommandFailure } from '../command-failure.js';
import { chooseStore, type OpenStore } from '../open-store.js';
import { printable } from '../terminal/printable.js';
import type { Terminal } from '../terminal/terminal.js';
import { locateApp } from './app-location.js';
import { firstLine, loadRootModule, type RootModule } from './root-module.js';

/** How long the application may take to close, in ms. A second before Ctrl-C ends the process. */
const CLOSES_WITHIN_MS = 8_000;

const STATED = Symbol('options as the application states them');

/** @throws CommandFailure when the application cannot be loaded, does not start, or has no such store */
export async function withHost<Result>(
  terminal: Terminal,
  work: (store: OpenStore) => Promise<Result>,
): Promise<Result> {
  const application = await unlessAborted(terminal, open(await rootModuleOf(terminal)));
  try {
    return await work(chooseStore(application, true, terminal.options.store));
  } finally {
    await close(terminal, application);
  }
}

/** The application's own options. The command line overrides some of them, so that nothing is folded. */
export const statedOptions = (options: ResolvedOptions): EventSourcingOptions =>
  (options as ResolvedOptions & { [STATED]?: EventSourcingOptions })[STATED] ?? options;

/** @throws CommandFailure when the application cannot be loaded, or is named twice */
export async function rootModuleOf(terminal: Terminal): Promise<RootModule> {
  process.env['EVENTFOLD_CLI'] = 'on'; // before the modules are loaded: they may then omit schedulers
  requireSingleCopy(); // with two copies, the parts of the host's copy are not found here
  if (terminal.rootModule !== undefined && terminal.options.app !== undefined) {
    throw new CommandFailure('this file names its application by runCli: leave out --app and --no-app.', 2);
  }
  return terminal.rootModule ?? loadRootModule((await locateApp(terminal))!);
}

async function open(module: RootModule): Promise<INestApplicationContext> {
  const override = (stated: object) => ({ projections: false, requireTables: false, [STATED]: stated });
  try {
    return await openedWith(override, () =>
      withUnchangedSchema(() =>
        NestFactory.createApplicationContext(module, {
          logger: ['fatal', 'error', 'warn'],
          abortOnError: false,
        }),
      ),
    );
  } catch (cause) {
    throw new CommandFailure(`the application does not start: ${firstLine(cause)}`, 1, { cause });
  }
}

/** Ctrl-C does not wait for a start: TypeORM tries to reach a database for half a minute. */
function unlessAborted(
  { signal }: Terminal,
  opening: Promise<INestApplicationContext>,
): Promise<INestApplicationContext> {
  const tooLate = (application: INestApplicationContext) =>
    signal.aborted ? application.close() : undefined;
  opening.then(tooLate).catch(() => undefined);
  return untilAborted(opening, signal);
}

/** Only reports a failure to close, since the command has done its work. */
async function close(terminal: Terminal, application: INestApplicationContext): Promise<void> {
  const giveUp = new AbortController();
  const late = sleep(CLOSES_WITHIN_MS, 'late' as const, { signal: giveUp.signal });
  late.catch(() => undefined);
  try {
    const ended = await Promise.race([application.close(), late]);
    if (ended === 'late')
      terminal.note(`The application did not close within ${CLOSES_WITHIN_MS / 1_000} s.`);
  } catch (error) {
    terminal.note(printable(`The application failed to close: ${firstLine(error)}`));
  } finally {
    giveUp.abort();
  }
}
