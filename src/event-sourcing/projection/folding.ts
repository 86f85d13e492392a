import type { IEventHandler } from '@nestjs/cqrs';
import type { DataSource } from 'typeorm';
import type { DomainEvent, EventClass, Recorded } from '../domain-event.js';
import type { FoldsWithSettings, ProjectionOptions } from './projection.decorator.js';
import { RowTable } from './row-table.js';

/** A projection as the runner sees it: its handler, the events it wants and the tables it fills. */
export class Folding {
  readonly name: string;
  readonly revision: string;
  readonly eventTypes: readonly string[];
  readonly tables: readonly { table: RowTable<any>; key: (event: any) => object | undefined }[];

  constructor(
    options: ProjectionOptions,
    readonly handler: IEventHandler<Recorded<DomainEvent>> & Partial<FoldsWithSettings>,
    eventClasses: readonly EventClass[],
    dataSource: DataSource,
  ) {
    this.name = options.name;
    this.revision = [options.revision, handler.foldSettings].filter((part) => part !== undefined).join(' ');
    this.eventTypes = eventClasses.map((eventClass) => eventClass.type);
    this.tables = options.rows.map(({ entity, key }) => ({ table: new RowTable(dataSource, entity), key }));
  }
}
