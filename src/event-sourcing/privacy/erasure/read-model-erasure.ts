import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ResolvedOptions } from '../../options.js';
import { Projections } from '../../projection/run/projections.js';
import { type ErasedSubject, outcome, step, type Step, type StepOutcome } from './erasure-step.js';
import { blankOperations, blankReports, isComparing } from './places.sql.js';
import {
  emptyRows,
  hasFolded,
  isThere,
  lockCheckpoints,
  personalTablesOf,
  selectProjectionNames,
} from './row-erasure.js';

/** The steps that a database with read models needs, with the log in it or elsewhere. */
@Injectable()
export class ReadModelErasure {
  constructor(
    private readonly options: ResolvedOptions,
    private readonly projections: Projections,
  ) {}

  /** One for each projection. Reactions have no rows. */
  async ofRows(manager: EntityManager): Promise<Step<ErasedSubject>[]> {
    const reactions = this.projections.foldings.filter(({ kind }) => kind === 'reaction');
    const isReaction = (name: string) => reactions.some((reaction) => reaction.name === name);
    const names = (await selectProjectionNames(manager, this.options)).filter((name) => !isReaction(name));
    return names.map((name) =>
      step(`projection ${name}`, (at, erasure) => this.emptyRows(at, erasure, name)),
    );
  }

  /** What tells of rows. It comes after them. */
  ofReports(): Step<ErasedSubject>[] {
    return [
      step('projection_rebuild_history, projection_rebuilds, projections', (at, erasure) =>
        this.blankReports(at, erasure),
      ),
      step('operations', async (at, { subject }) =>
        outcome(await blankOperations(at, this.options, subject), 'texts of failures', 'emptied'),
      ),
    ];
  }

  private async emptyRows(
    manager: EntityManager,
    { position, subject }: ErasedSubject,
    name: string,
  ): Promise<StepOutcome> {
    if (!(await hasFolded(manager, this.options, name, position))) {
      return { waitsFor: `${name}, which has not folded position ${position} yet` };
    }
    const folding = this.projections.foldings.find((each) => each.name === name);
    if (folding === undefined) return { found: 0, done: `folded up to position ${position}` };
    await lockCheckpoints(manager, this.options, name);
    let found = 0;
    for (const table of personalTablesOf(folding)) {
      if (table.isOfRebuild && !(await isThere(manager, table.table))) continue;
      found += await emptyRows(manager, table, subject);
    }
    const emptied = found === 0 ? '' : `; ${found} rows that were left are emptied`;
    return { found, done: `folded up to position ${position}${emptied}` };
  }

  private async blankReports(
    manager: EntityManager,
    { subject, requestedAt }: ErasedSubject,
  ): Promise<StepOutcome> {
    if (await isComparing(manager, this.options, requestedAt)) {
      return { waitsFor: 'a rebuild that began before the erasure' };
    }
    return outcome(await blankReports(manager, this.options, subject), 'comparisons', 'emptied of its rows');
  }
}
