import { AssertionError } from 'node:assert';
import { type DomainEvent, type Recorded } from '../../event-sourcing/index.js';
import { FoldFailure, type Folding, UndeclaredRowError } from '../../event-sourcing/for-testing.js';
import { StandsStillError } from '../settle.js';
import { AGAIN, type Check, CHECKS, ONCE, rebuild } from './checks.js';
import { TurnFailure } from './instance.js';
import { firstSharedRow } from './keys.js';
import { type ConformanceSubject, ConformanceSetup } from './conformance-setup.js';
import { type ConformanceReport, type Difference, HINTS, inWords, type LikelyCause } from './report.js';
import type { ConformanceRun } from './conformance-run.js';
import {
  firstOtherStep,
  PROCESS_CHECKS,
  type ProcessCheck,
  type ProcessFinding,
  StepFailure,
  STEPPED_AGAIN,
  STEPPED_ONCE,
  stepsOf,
} from './process-checks.js';
import { firstDifference, readTables, type TableRows } from './tables.js';

const KEYS = 'Each row belongs to one key';
const REBUILT = 'Rebuilt beside the living rows';

/**
 * Folds a history by the projections of an application in all the ways that occur in operation, each from empty tables:
 * once, again, by small turns, through turns that are cut off between fold and commit, by two instances in turn and at
 * once, and by a rebuild. Each way must leave the rows that folding once leaves.
 *
 * The steps of process managers are made in such ways too, in memory: no command is sent. Reactions are never called.
 * Tables that `rows` does not list, and that a handler writes by SQL of its own, are not compared.
 *
 * @returns the passed checks, and the first difference
 * @throws Error when the application does not start, has no projection and no process manager, or the history has no
 * event for them
 */
export async function conformance(subject: ConformanceSubject): Promise<ConformanceReport> {
  const setup = await ConformanceSetup.open(subject);
  try {
    return await new Examination(setup, subject.store).report();
  } finally {
    await setup.close();
  }
}

/** @throws AssertionError with the whole report in words, unless it conforms */
export function assertConforms(report: ConformanceReport): void {
  if (report.conforms) return;
  throw new AssertionError({ message: inWords(report) });
}

/** A check by its name. */
type Examined = [string, () => Promise<Difference | undefined>];

class Examination {
  private readonly passed: string[] = [];
  private foldings: readonly Folding[] = [];
  /** The rows after folding once. */
  private reference: readonly TableRows[] = [];
  private processes: readonly Folding[] = [];
  /** The steps of each process manager after stepping once. */
  private steps: ReturnType<typeof stepsOf>[] = [];

  constructor(
    private readonly setup: ConformanceSetup,
    private readonly store: string | undefined,
  ) {}

  async report(): Promise<ConformanceReport> {
    const difference = await this.firstDifference();
    return {
      conforms: difference === undefined,
      projections: this.names,
      passed: this.passed,
      unseen: unseenTypes([...this.foldings, ...this.processes].flatMap(ownTypes), this.setup.history),
      ...(difference && { difference }),
    };
  }

  private async firstDifference(): Promise<Difference | undefined> {
    await this.setup.withInstances(1, async (run) => {
      this.foldings = run.foldings;
      this.processes = run.processes.flat();
    });
    for (const [name, step] of [...this.ofProjections(), ...this.ofProcesses()]) {
      const difference = await step();
      if (difference !== undefined) return difference;
      this.passed.push(name);
    }
    return undefined;
  }

  private ofProjections(): Examined[] {
    if (this.foldings.length === 0) return [];
    return [
      [ONCE.name, () => this.foldOnce()],
      [KEYS, () => this.checkKeys()],
      ...CHECKS.map((check): Examined => [check.name, () => this.run(check)]),
      [REBUILT, () => this.rebuild()],
    ];
  }

  private ofProcesses(): Examined[] {
    if (this.processes.length === 0) return [];
    return [STEPPED_ONCE, ...PROCESS_CHECKS].map((check): Examined => [check.name, () => this.step(check)]);
  }

  private get names(): string[] {
    return [...this.foldings, ...this.processes].map(({ name }) => name);
  }

  private foldOnce(): Promise<Difference | undefined> {
    return this.setup.withInstances(ONCE.instances, async (run) => {
      const failure = await ONCE.fold(run).catch(failureIn(ONCE));
      this.reference = await run.rows;
      return failure ?? undefined;
    });
  }

  private async checkKeys(): Promise<Difference | undefined> {
    const shared = firstSharedRow(this.foldings, this.setup.history);
    return shared && { check: KEYS, likelyCause: 'wrong-key', hint: HINTS['wrong-key'], ...shared };
  }

  private async run(check: Check): Promise<Difference | undefined> {
    const difference = await this.setup.withInstances(check.instances, async (run) => {
      const failure = await check.fold(run).catch(failureIn(check));
      return failure ?? this.compare(check.name, check.suspect, await run.rows);
    });
    if (difference === undefined || check === AGAIN || difference.likelyCause === 'wrong-key')
      return difference;
    // The first two folds may have been equal by chance.
    const again = await this.run(AGAIN);
    return again === undefined ? difference : { ...difference, ...causedBy('not-deterministic') };
  }

  private rebuild(): Promise<Difference | undefined> {
    return this.setup.withApplication(async (app, database) => {
      try {
        await rebuild(
          app,
          this.foldings.map(({ name }) => name),
          this.store,
        );
      } catch (error) {
        if (!(error instanceof StandsStillError)) throw error;
        const { projection, message: what } = error;
        return { check: REBUILT, projection, what, ...causedBy('rebuild-only') };
      }
      return this.compare(REBUILT, 'rebuild-only', await readTables(database, this.foldings));
    });
  }

  private async step(check: ProcessCheck): Promise<Difference | undefined> {
    const { name, instances, suspect } = check;
    const finding = await this.setup.withInstances(instances, async (run) => this.findingOf(run, check));
    if (finding === undefined) return undefined;
    const difference = {
      check: name,
      ...finding,
      ...causedBy('expected' in finding ? suspect : 'handler-fails'),
    };
    if (check === STEPPED_ONCE || check === STEPPED_AGAIN) return difference;
    // The first two may have been equal by chance.
    const again = await this.step(STEPPED_AGAIN);
    return again === undefined ? difference : { ...difference, ...causedBy('step-not-deterministic') };
  }

  private findingOf(run: ConformanceRun, check: ProcessCheck): ProcessFinding | undefined {
    try {
      for (const [index, instances] of run.processes.entries()) {
        const steps = stepsOf(instances, this.setup.history, check);
        if (check === STEPPED_ONCE) this.steps[index] = steps;
        const finding = firstOtherStep(instances[0]!.name, this.steps[index]!, steps);
        if (finding !== undefined) return finding;
      }
      return undefined;
    } catch (error) {
      if (error instanceof StepFailure) return error.finding;
      throw error;
    }
  }

  private compare(check: string, suspect: LikelyCause, rows: readonly TableRows[]): Difference | undefined {
    const difference = firstDifference(this.reference, rows);
    if (difference === undefined) return undefined;
    const { table, key, column } = difference;
    const what = `row ${key} of ${table} is another one${column === undefined ? '' : `, in column ${column}`}.`;
    return { check, what, ...difference, ...causedBy(suspect) };
  }
}

const causedBy = (likelyCause: LikelyCause) => ({ likelyCause, hint: HINTS[likelyCause] });

/** A failure of a turn is a finding. Any other failure is one of the kit or of the database. */
function failureIn({ name: check, suspect }: Check): (error: unknown) => Difference {
  return (error) => {
    if (!(error instanceof TurnFailure)) throw error;
    const { projection, cause, message } = error;
    const isUndeclared = cause instanceof FoldFailure && cause.cause instanceof UndeclaredRowError;
    const place = cause instanceof FoldFailure ? `event ${cause.event.position} (${cause.event.type}) ` : '';
    const what = `${place}failed: ${message}`;
    return { check, projection, what, ...causedBy(isUndeclared ? 'wrong-key' : suspect) };
  };
}

/** The types of the application's own events. */
const ownTypes = ({ process, eventTypes }: Folding): readonly string[] => process?.inputTypes ?? eventTypes;

function unseenTypes(handled: readonly string[], history: readonly Recorded<DomainEvent>[]): string[] {
  const seen = new Set(history.map(({ type }) => type));
  return [...new Set(handled)].filter((type) => !seen.has(type)).toSorted();
}
