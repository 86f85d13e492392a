import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient, ProjectionOperations, type ProjectionStatus } from '../../event-sourcing/index.js';
import { withLog } from '../application.js';
import type { Terminal } from '../terminal/terminal.js';
import { projectionTable } from './projection-table.js';

interface StatusOptions {
  watch?: boolean;
}

/** Pause between two looks of --watch, in ms. */
const LOOK_EVERY_MS = 1_000;

export function showStatus(terminal: Terminal, options: StatusOptions): Promise<void> {
  return withLog(terminal, async (application) => {
    const operations = application.get(ProjectionOperations);
    const view = new StatusView(terminal);
    if (options.watch) await watch(terminal, operations, view);
    else await view.show(await operations.list());
  });
}

/** Runs until a signal ends it, and waits for a database that is away. */
async function watch(terminal: Terminal, operations: ProjectionOperations, view: StatusView): Promise<never> {
  const { signal } = terminal;
  for (; ; await sleep(LOOK_EVERY_MS, undefined, { signal })) {
    try {
      await view.show(await operations.list());
    } catch (error) {
      if (signal.aborted || !isTransient(error)) throw error;
      view.interrupt('The database is away. Waiting for it ...');
    }
  }
}

class StatusView {
  /** The lines of the table on the terminal. */
  private shown = 0;

  constructor(private readonly terminal: Terminal) {}

  show(projections: ProjectionStatus[]): Promise<void> {
    return this.terminal.result({ items: projections, nextCursor: null }, () => this.draw(projections));
  }

  private async draw(projections: ProjectionStatus[]): Promise<void> {
    if (projections.length === 0) this.terminal.note('No projection has run on this log yet.');
    const lines = projectionTable(this.terminal, projections);
    await this.terminal.line(this.above() + lines.join('\n'));
    this.shown = lines.length;
  }

  interrupt(note: string): void {
    this.terminal.note(note);
    this.shown = 0;
  }

  /** On a terminal, a table replaces the previous one. In a pipe it follows. */
  private above(): string {
    if (this.shown === 0) return '';
    return this.terminal.stdout.isTTY ? `\u001b[${this.shown}A\u001b[J` : '\n';
  }
}
