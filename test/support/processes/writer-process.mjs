/**
 * One of the processes of test/many-writers: an application with only the event store. In it, some writers send one
 * append after the other (see append-mix.mjs) from the parent's `go` to its `stop`.
 *
 * A writer first notes in the journal of the process what it will send, and notes the answer right after. So the
 * journal is true up to the instant of a SIGKILL. A last line that the kill tore does not count: that append was not
 * sent yet, or no one had its answer.
 *
 * When an answer is lost (`unclear`), the writer sends the append again, like a careful client. A process that was
 * killed does the same in its next life, for appends without an answer in its journal.
 */

import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { openSync, readFileSync, writeSync } from 'node:fs';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../dist/src/service/database/data-source-options.js';
import {
  EventfoldError,
  EventSourcingModule,
  EventStore,
  isTransient,
} from '../../../dist/src/event-sourcing/index.js';
import { AppendMix, isRepeatable, toAppends } from './append-mix.mjs';

/** The tries of an append without an answer. One more counts as a fault. */
const RESENDS = 20;

const { url, seed, name, life, writers, journal, journalBefore } = JSON.parse(process.argv[2]);

class RolledBack extends Error {
  name = 'RolledBack';
}

class Journal {
  #file = openSync(journal, 'a');

  write(line) {
    // The monotonic clock of the machine: all processes read the same one.
    const at = Number(process.hrtime.bigint()) / 1e6;
    writeSync(this.#file, `${JSON.stringify({ ...line, at })}\n`);
  }

  /** Appends of the previous life without an answer. */
  static unanswered() {
    const plans = new Map();
    const lines = journalBefore ? readFileSync(journalBefore, 'utf8').split('\n').slice(0, -1) : [];
    for (const { plan, append, told } of lines.map((line) => JSON.parse(line))) {
      if (plan) plans.set(plan.append, plan);
      else if (told !== 'unclear') plans.delete(append);
    }
    return [...plans.values()].filter(isRepeatable);
  }
}

class Writers {
  #stopped = false;
  #journal = new Journal();

  constructor(app) {
    this.store = app.get(EventStore);
    this.dataSource = app.get(DataSource);
  }

  async run() {
    await Promise.all(Journal.unanswered().map((plan) => this.#sendUntilClear(plan)));
    await Promise.all(
      Array.from({ length: writers }, (_, number) => this.#write(`${name}.${life}/${number}`)),
    );
  }

  stop() {
    this.#stopped = true;
  }

  async #write(writer) {
    const mix = new AppendMix(seed, writer);
    while (!this.#stopped) {
      const plan = mix.next();
      mix.learn(plan, await this.#sendUntilClear(plan));
    }
  }

  async #sendUntilClear(plan) {
    for (let sent = 1; ; sent++) {
      this.#journal.write({ plan });
      const answer = await this.#send(plan);
      const { append } = plan;
      const { told, verdict, eventId, version, position } = answer;
      this.#journal.write({ append, told: told ?? verdict, eventId, version, position });
      if (told !== 'unclear' || !isRepeatable(plan)) return answer;
      if (sent === RESENDS) throw new Error(`${append} never got an answer: ${answer.error}`);
      await sleep(50);
    }
  }

  async #send(plan) {
    try {
      return await (plan.transaction
        ? this.#appendWithin(plan)
        : this.store.appendToStreams(toAppends(plan)));
    } catch (error) {
      // The outcome after an `AppendLockTimeoutError` is clear, but not worth a case.
      if (isTransient(error)) return { told: 'unclear', error };
      const isAnswer = error instanceof EventfoldError || error instanceof RolledBack;
      return { told: isAnswer ? error.name : String(error), error };
    }
  }

  #appendWithin(plan) {
    return this.dataSource.transaction(async (manager) => {
      const result = await this.store.appendToStreams(toAppends(plan), { manager });
      if (plan.transaction === 'roll back') throw new RolledBack();
      return result;
    });
  }
}

// The process must never outlive the test.
process.on('disconnect', () => process.exit(1));
if (!process.connected) process.exit(1);
Logger.overrideLogger(false);
const app = await NestFactory.createApplicationContext(
  {
    module: class WriterModule {},
    imports: [
      TypeOrmModule.forRoot({ ...dataSourceOptions(url, 'eventfold', 3), retryAttempts: 20, retryDelay: 50 }),
      EventSourcingModule.forRoot({ projections: false }),
    ],
  },
  { logger: false, abortOnError: false },
);
const team = new Writers(app);
const go = once(process, 'message');
process.send('ready');
await go;
process.once('message', () => team.stop());
await team.run();
await app.close();
process.exit(0);
