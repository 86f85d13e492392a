import { Injectable, type Type } from '@nestjs/common';
import { DataSource, type EntityMetadata, type Repository } from 'typeorm';
import { CurrentTransaction } from '../../log/append/current-transaction.js';
import { ResolvedOptions } from '../../options.js';
import { SharingDataSource } from '../../postgres/sharing-data-source.js';

/**
 * Knows where the rows of read models are.
 *
 * An entity that the data source of the application knows is an ordinary one of the application's, and its table is
 * where that has it. Any other is the store's: its table is in the schema of the store, and the application's data
 * source never hears of it, so that `synchronize` leaves it alone, nobody has to list it, and two stores on one data
 * source may have the same read model.
 */
@Injectable()
export class RowEntities {
  private readonly sources = new Map<Type<object>, Promise<DataSource>>();

  constructor(
    private readonly application: DataSource,
    private readonly options: ResolvedOptions,
    private readonly current: CurrentTransaction,
  ) {}

  /** @param together entities of the same feature, which may have relations to this one */
  async repositoryOf<Row extends object>(
    entity: Type<Row>,
    together: readonly Type<object>[] = [entity],
  ): Promise<Repository<Row>> {
    return (await this.sourceOf(entity, together)).getRepository(entity);
  }

  async metadataOf(entity: Type<object>): Promise<EntityMetadata> {
    return (await this.sourceOf(entity, [entity])).getMetadata(entity);
  }

  private sourceOf(entity: Type<object>, together: readonly Type<object>[]): Promise<DataSource> {
    if (this.isOfApplication(entity)) return Promise.resolve(this.application);
    const unknown = together.filter((each) => !this.isOfApplication(each));
    if (!this.sources.has(entity)) {
      const { application, options, current } = this;
      const running = () => current.manager?.queryRunner;
      const source = SharingDataSource.open({ application, running }, options.schema, unknown);
      for (const each of unknown) this.sources.set(each, source);
    }
    return this.sources.get(entity)!;
  }

  /** TypeORM knows entities only at the end of `initialize`. Until then, classes that it was given count. */
  private isOfApplication(entity: Type<object>): boolean {
    const { entities = {} } = this.application.options;
    return this.application.hasMetadata(entity) || Object.values(entities).includes(entity);
  }
}
