import { Injectable } from '@nestjs/common';
import { EventRegistry } from '../../event/event-registry.js';
import { REASON } from '../../log/argument-rules.js';
import { ActRecorder } from '../../operations/act-recorder.js';
import { requireArguments } from '../../options/require-arguments.js';
import { Database } from '../../postgres/database.js';
import { Projections } from '../../projection/run/projections.js';
import { personalTablesOf } from '../erasure/row-erasure.js';
import { type FieldsOfType, fieldsOf } from '../fields/personal-reader.js';
import { masked, type PersonalNames } from './personal-mask.js';

/** What people see of personal data who look at the log and at rows: it is hidden, until they say why they look. */
@Injectable()
export class PersonalViews implements PersonalNames {
  private tables: ReadonlyMap<string, FieldsOfType> | undefined;

  constructor(
    private readonly registry: EventRegistry,
    private readonly projections: Projections,
    private readonly recorder: ActRecorder,
    private readonly database: Database,
  ) {}

  /** A copy of events, rows or states, as JSON, without personal values. */
  masked<Answer>(answer: Answer): Answer {
    return masked(answer, this);
  }

  /**
   * Records that the sender of the running message looks at personal data from now on, and why.
   *
   * @throws InvalidArgumentError without a reason
   */
  async record(reason: string): Promise<void> {
    requireArguments('PersonalViews.record', { reason }, { reason: REASON });
    const act = { act: 'see-personal-data', parameters: { reason } } as const;
    await this.recorder.perform(act, (record) => record.done(this.database.statements));
  }

  ofEvent(type: string): FieldsOfType | undefined {
    const declared = this.registry.personalOf(type);
    return declared && fieldsOf(declared);
  }

  ofTable(name: string): FieldsOfType | undefined {
    this.tables ??= new Map(this.projections.foldings.flatMap(personalTablesOf).map(columnsOf));
    return this.tables.get(name);
  }

  get all(): FieldsOfType {
    const ofEvents = this.registry.personalClasses.flatMap(({ type }) => [...this.ofEvent(type)!]);
    return new Map(ofEvents);
  }
}

const columnsOf = ({ table, columns }: ReturnType<typeof personalTablesOf>[number]) =>
  [table, new Map(columns.map(({ column, erased }) => [column, erased]))] as const;
