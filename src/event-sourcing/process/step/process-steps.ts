import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { DomainEvent, Recorded } from '../../event/domain-event.js';
import { EventRegistry } from '../../event/event-registry.js';
import { MessageContext } from '../../event/message-context.js';
import { requireLog } from '../../event/no-log.error.js';
import { EventStore } from '../../log/event-store.js';
import { ResolvedOptions } from '../../options.js';
import { TimerTable } from '../../timers/timer-table.js';
import type { ProcessDefinition } from '../declare/process-definition.js';
import { ProcessBatch } from './process-batch.js';

/** Makes the steps of process managers, turn by turn. */
@Injectable()
export class ProcessSteps {
  constructor(
    private readonly store: EventStore,
    private readonly context: MessageContext,
    private readonly registry: EventRegistry,
    private readonly timers: TimerTable,
    private readonly options: ResolvedOptions,
  ) {}

  /** @throws NoLogError in a process whose log is elsewhere: a step is an append */
  requireLog(): void {
    requireLog(this.options);
  }

  /** The steps of one turn, in its transaction. */
  begin(
    manager: EntityManager,
    definition: ProcessDefinition,
    keyOf: (event: Recorded<DomainEvent>) => string,
  ): ProcessBatch {
    const { store, context, registry, timers, options } = this;
    return new ProcessBatch(manager, definition, keyOf, { store, context, registry, timers, options });
  }
}
