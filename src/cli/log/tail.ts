import { setTimeout as sleep } from 'node:timers/promises';
import { selectTailStart } from '../../event-sourcing/log/tail.sql.js';
import { EventStore, isTransient } from '../../event-sourcing/index.js';
import { ResolvedOptions } from '../../event-sourcing/options.js';
import { withLog } from '../application.js';
import type { OpenStore } from '../open-store.js';
import type { Terminal } from '../terminal/terminal.js';
import { lineOfLog } from './event-line.js';
import { LogReader } from './log-reader.js';

interface TailOptions {
  after?: number;
  lines?: number;
  type?: string[];
  follow?: boolean;
}

/** Pause between two looks at the end of the log, in ms. A look probes the primary key, and works behind any pooler. */
const LOOK_EVERY_MS = 250;

export function tailLog(terminal: Terminal, options: TailOptions): Promise<void> {
  return withLog(terminal, async (application) => {
    const start = await findStart(application, options);
    const reader = new LogReader(application.get(EventStore), start, options.type ?? []);
    if (options.follow) await follow(terminal, reader);
    else if ((await print(terminal, reader)) === 0) terminal.note('There are no such events.');
  });
}

/** The position before the first event to print. */
async function findStart(application: OpenStore, options: TailOptions): Promise<number> {
  const { after = 0, type = [], lines = options.after === undefined ? 10 : undefined } = options;
  if (lines === undefined) return after;
  if (lines === 0) return Math.max(after, await application.get(EventStore).head());
  const { manager } = application.dataSource;
  const events = application.get(ResolvedOptions).qualified('events');
  return selectTailStart(manager, events, { after, types: type, count: lines });
}

async function print(terminal: Terminal, reader: LogReader): Promise<number> {
  let count = 0;
  for await (const event of reader.next()) {
    await terminal.result(event, () => lineOfLog(terminal, event));
    count++;
  }
  return count;
}

/** Runs until a signal ends it, and waits for a database that is away. */
async function follow(terminal: Terminal, reader: LogReader): Promise<never> {
  const { signal } = terminal;
  for (let away = false; ; await sleep(LOOK_EVERY_MS, undefined, { signal })) {
    try {
      await print(terminal, reader);
      away = false;
    } catch (error) {
      if (signal.aborted || !isTransient(error)) throw error;
      if (!away) terminal.note('The database is away. Waiting for it ...');
      away = true;
    }
  }
}
