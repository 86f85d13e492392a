import { Injectable } from '@nestjs/common';
import { MessageContext } from '../../event/message-context.js';
import { storedCopy } from '../../event/storable.js';
import { storableText } from '../../event/storable-value.js';
import type { AnswerNotKnownError } from '../../idempotency/answer-not-known.error.js';
import { IdempotencyKeys } from '../../idempotency/idempotency-keys.js';
import { RepeatedRefusal } from '../../idempotency/repeated-refusal.js';
import { EventStore } from '../../log/event-store.js';
import { ResolvedOptions } from '../../options.js';
import { Database } from '../../postgres/database.js';
import type { ProcessDefinition } from '../declare/process-definition.js';
import { CommandRefused, streamOfProcess } from '../declare/process-events.js';
import { processId } from '../declare/process-ids.js';
import { deleteCommand, type LeasedCommand } from './commands.sql.js';
import { type Refusal, refusalOf } from './refusal.js';

/** The idempotency key of a command. The clean-up of keys knows it too, and keeps it as long as the command. */
export const keyOfCommand = (id: string): string => `process:${id}`;

const NOTHING = {};

/** Carries out one command of a process, over the `CommandBus`. */
@Injectable()
export class CommandWork {
  constructor(
    private readonly database: Database,
    private readonly store: EventStore,
    private readonly keys: IdempotencyKeys,
    private readonly context: MessageContext,
    private readonly options: ResolvedOptions,
  ) {}

  /**
   * Carries the command out, or appends its refusal as an input of its process.
   *
   * The idempotency key makes its events be appended once: when a process dies between the append and the end of the
   * command, the next one finds the key, and only ends it.
   *
   * @param command an instance of its class
   * @throws what the handler throws, except for a refusal that the process handles
   */
  async carryOut(sent: LeasedCommand, command: object, definition: ProcessDefinition): Promise<void> {
    try {
      await this.execute(sent, command, definition);
    } catch (error) {
      const refusal = refusalOf(error);
      const isHandled = definition.code.commandRefused !== undefined && sent.life === 'running';
      if (refusal === undefined || !isHandled) throw error;
      return this.refuse(sent, refusal);
    }
    await deleteCommand(this.database.statements, this.options, sent.id);
  }

  private async execute(
    { id, command: name, message }: LeasedCommand,
    command: object,
    { bus }: ProcessDefinition,
  ): Promise<void> {
    const call = { key: keyOfCommand(id), fingerprint: name };
    const work = async () => {
      await bus!.execute(command);
      return NOTHING;
    };
    try {
      await this.context.run(message, () => this.keys.once(call, work, () => NOTHING));
    } catch (error) {
      if (!isDoneBefore(error)) throw error;
    }
  }

  /** The refusal is in the log exactly when the command is gone: otherwise it could be carried out after all. */
  private async refuse(sent: LeasedCommand, refusal: Refusal): Promise<void> {
    const { id, process, key, command, data, message } = sent;
    const { kind, code, details } = refusal;
    const event = new CommandRefused(
      {
        process,
        key,
        commandId: id,
        command,
        data,
        kind,
        code,
        message: storableText(refusal.message, 2_000),
        details: storableDetails(details),
      },
      processId('refused', id),
    );
    await this.database.transaction(async (manager) => {
      if (!(await deleteCommand(manager, this.options, id))) return;
      await this.context.run(message, () =>
        this.store.appendToStream(streamOfProcess(process, key), 'any', [event], { manager, at: 'commit' }),
      );
    });
  }
}

/** An earlier try had appended its events and failed after that. They are in the log, so it is not tried again. */
const isDoneBefore = (error: unknown): boolean =>
  error instanceof RepeatedRefusal &&
  error.code === ('answer-not-known' satisfies AnswerNotKnownError['code']);

/** The details of an error may hold what JSON cannot. They are left out then. */
function storableDetails(details: Record<string, unknown>): Record<string, unknown> {
  try {
    return storedCopy(details);
  } catch {
    return {};
  }
}
