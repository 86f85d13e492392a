import type { EntityManager } from 'typeorm';
import { isTransient } from '../../event-sourcing/index.js';
import type { Folding, ResolvedOptions } from '../../event-sourcing/for-testing.js';
import type { TestDatabase } from '../test-database.js';
import { type Instance, isAtEnd } from './instance.js';
import { beginAnew } from './starting-point.js';
import { readTables, type TableRows } from './tables.js';

class CutOff extends Error {}

/** The instances on one database, and the ways in which checks fold with them. */
export class ConformanceRun {
  constructor(
    private readonly instances: readonly Instance[],
    private readonly database: TestDatabase,
    private readonly options: ResolvedOptions,
  ) {}

  get foldings(): Folding[] {
    return this.instances[0]!.foldings;
  }

  /** Each process manager, in each instance. */
  get processes(): Folding[][] {
    const [first, ...others] = this.instances.map((instance) => instance.processes);
    return first!.map((folding) => [
      folding,
      ...others.map((all) => all.find(({ name }) => name === folding.name)!),
    ]);
  }

  get rows(): Promise<TableRows[]> {
    return readTables(this.database, this.foldings);
  }

  /** Folds to the end by turns of this size. The instances take turns. */
  async fold(size: number): Promise<void> {
    await this.eachTurn((instance, name, partition, partitions) =>
      instance.turn(name, partition, { size, partitions }),
    );
  }

  /**
   * Folds each turn twice. The first time, the turn is cut off before the commit, by an error or by the end of its
   * connection.
   */
  async foldThroughCuts(size: number): Promise<void> {
    let cuts = 0;
    await this.eachTurn(async (instance, name, partition, partitions) => {
      const beforeCommit = cuts++ % 2 === 0 ? this.endConnection : throwCutOff;
      const cut = await instance.turn(name, partition, { size, partitions, beforeCommit }).catch(asCutOff);
      if (cut !== 'cut off') throw new Error('A turn was committed that had been cut off.');
      return instance.turn(name, partition, { size, partitions });
    });
  }

  /** All instances fold at once, on this number of partitions instead of the projection's own. */
  async compete(size: number, partitions: number): Promise<void> {
    for (const { name } of this.foldings) {
      await beginAnew(this.database, this.options, name, partitions);
      const setup = { size, partitions };
      await Promise.all(this.instances.map((instance, first) => instance.compete(name, setup, first)));
    }
  }

  private async eachTurn(
    turn: (
      instance: Instance,
      name: string,
      partition: number,
      partitions: number,
    ) => ReturnType<Instance['turn']>,
  ): Promise<void> {
    const { instances } = this;
    let turns = 0;
    for (const { name, partitions } of this.foldings) {
      for (let partition = 0; partition < partitions; partition++) {
        while (!isAtEnd(await turn(instances[turns++ % instances.length]!, name, partition, partitions)));
      }
    }
  }

  private readonly endConnection = async (manager: EntityManager): Promise<void> => {
    const [{ pid }] = await manager.query<[{ pid: number }]>('select pg_backend_pid() as pid');
    await this.database.query('select pg_terminate_backend($1, 5000)', [pid]);
  };
}

const throwCutOff = () => Promise.reject(new CutOff());

/** A connection that was ended fails at the commit, as intended. */
function asCutOff(error: unknown): 'cut off' {
  if (error instanceof CutOff || isTransient(error)) return 'cut off';
  throw error;
}
