import { Injectable } from '@nestjs/common';
import { MessageContext } from '../../../src/event-sourcing/index.js';
import { CopyRepository } from '../library/copy.repository.js';

/** A job that a scheduler or a queue calls. Its events carry the actor, and one id for the whole run. */
@Injectable()
export class OverdueJob {
  constructor(
    private readonly context: MessageContext,
    private readonly copies: CopyRepository,
  ) {}

  run(copyIds: readonly string[], runId: string): Promise<void> {
    const message = { correlationId: runId, causationId: runId, userId: 'overdue-job' };
    return this.context.run(message, async () => {
      for (const copyId of copyIds) await this.copies.update(copyId, (copy) => copy.reportLost());
    });
  }
}
