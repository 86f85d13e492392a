import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type {
  HistoryItem,
  RowChange,
  RowHistoryPage,
  RowRebuild,
  RowsOfKey,
  RowsOfTable,
  TouchedRowsOfEvent,
} from '../event-sourcing/index.js';
import { EXAMPLE_USER } from '../api/example-user.js';
import { ScannedBody, StoredEventBody } from '../api/route/bodies.js';
import { TableComparisonBody } from './projection-bodies.js';

const PROJECTION = { example: 'user-profile' };
const KEY = { example: EXAMPLE_USER.id, description: 'The key of the projection.' };
const TABLE = { example: '"eventfold"."user_profiles"' };
const IMAGE = { type: Object, additionalProperties: true } as const;
const ROW = {
  ...IMAGE,
  example: { user_id: EXAMPLE_USER.id, subscription_plan: 'premium' },
};
const ROW_KEY = { ...IMAGE, description: 'The primary key.', example: { user_id: EXAMPLE_USER.id } };

@ApiSchema({
  name: 'RowsOfTable',
  description: 'Rows by column, as PostgreSQL stores them. `bigint` and `numeric` are texts.',
})
class RowsOfTableBody implements RowsOfTable {
  @ApiProperty(TABLE) table: string;
  @ApiProperty({ type: Object, isArray: true, example: [ROW.example], description: 'At most 100.' })
  rows: Record<string, unknown>[];
  @ApiProperty({ example: false, description: 'Whether there may be more rows.' }) isCut: boolean;
}

@ApiSchema({ name: 'RowsOfKey', description: 'The living rows of a key, in every table of the projection.' })
export class RowsOfKeyBody implements RowsOfKey {
  @ApiProperty(PROJECTION) projection: string;
  @ApiProperty(KEY) key: string;
  @ApiProperty({
    type: 'integer',
    example: 4990,
    description: 'All events up to here are folded, except those of parked keys.',
  })
  position: number;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    example: null,
    description: 'The position from which on the key is parked; null when it is not.',
  })
  parkedAt: number | null;
  @ApiProperty({ type: [RowsOfTableBody] }) tables: RowsOfTableBody[];
}

@ApiSchema({ name: 'RowChange', description: 'The change of one row by one event.' })
class RowChangeBody implements RowChange {
  @ApiProperty(TABLE) table: string;
  @ApiProperty(ROW_KEY) key: Record<string, unknown>;
  @ApiProperty({
    ...ROW,
    nullable: true,
    description: 'null when there was no row.',
    example: { user_id: EXAMPLE_USER.id, subscription_plan: 'free' },
  })
  before: Record<string, unknown> | null;
  @ApiProperty({ ...ROW, nullable: true, description: 'null when there is no row any more.' })
  after: Record<string, unknown> | null;
  @ApiProperty({ type: [String], example: ['subscription_plan'], description: 'The columns that differ.' })
  fields: string[];
}

@ApiSchema({ name: 'RowHistoryItem', description: 'An event of the key, and its changes of the rows.' })
class HistoryItemBody implements HistoryItem {
  @ApiProperty({ type: StoredEventBody }) event: StoredEventBody;
  @ApiProperty({ type: [RowChangeBody] }) changes: RowChangeBody[];
  @ApiProperty({ example: false, description: 'Whether an operator has skipped the event.' })
  skipped: boolean;
  @ApiProperty({
    type: String,
    nullable: true,
    example: null,
    description: 'Why the event is not folded: the key is parked at it, or at an earlier event.',
  })
  failure: string | null;
}

@ApiSchema({
  name: 'RowHistory',
  description: 'The events of a key in order. It may be empty although there are more.',
})
export class RowHistoryBody implements RowHistoryPage {
  @ApiProperty({ type: [HistoryItemBody] }) items: HistoryItemBody[];
  @ApiProperty({
    type: String,
    nullable: true,
    example: '4990',
    description: '`after` of the next page; null: the history is at its end.',
  })
  nextCursor: string | null;
  @ApiProperty({ type: ScannedBody }) scanned: ScannedBody;
  @ApiProperty({
    type: String,
    nullable: true,
    example: null,
    description:
      'Why the events of this key alone do not tell its rows. From the position in the sentence on, items have no changes.',
  })
  dependsOnOtherRows: string | null;
  @ApiProperty({ type: [RowsOfTableBody], description: 'The rows after the last event of the page.' })
  tables: RowsOfTableBody[];
}

@ApiSchema({
  name: 'RowRebuild',
  description: 'The differences between the living rows and those folded anew.',
})
export class RowRebuildBody implements RowRebuild {
  @ApiProperty(PROJECTION) projection: string;
  @ApiProperty(KEY) key: string;
  @ApiProperty({ type: 'integer', example: 5000, description: 'Position up to which the rows are folded.' })
  position: number;
  @ApiProperty({ type: [TableComparisonBody] }) tables: TableComparisonBody[];
}

@ApiSchema({ name: 'TouchedRow' })
class TouchedRowBody {
  @ApiProperty(TABLE) table: string;
  @ApiProperty(ROW_KEY) key: Record<string, unknown>;
}

@ApiSchema({ name: 'TouchedRows', description: 'The rows of a projection that an event touches.' })
class TouchedRowsBody implements TouchedRowsOfEvent {
  @ApiProperty(PROJECTION) projection: string;
  @ApiProperty(KEY) key: string;
  @ApiProperty({ type: [TouchedRowBody] }) tables: TouchedRowBody[];
}

@ApiSchema({ name: 'TouchedRowsPage' })
export class TouchedRowsPage {
  @ApiProperty({ type: [TouchedRowsBody] }) items: TouchedRowsBody[];
}
