import { Injectable, Logger } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Cron } from '@nestjs/schedule';
import { MessageContext } from '../../../src/event-sourcing/index.js';
import { LendCopy } from '../library/lend-copy.command.js';

/** Lends the book of the week. The events and log lines of a run have the id of the run. */
@Injectable()
export class ReadingCircleJob {
  private readonly logger = new Logger('ReadingCircle');

  constructor(
    private readonly context: MessageContext,
    private readonly commands: CommandBus,
  ) {}

  @Cron('0 0 6 * * 1', { name: 'reading circle' })
  run(): Promise<void> {
    const runId = `reading-circle/${new Date().toISOString().slice(0, 10)}`;
    const message = { correlationId: runId, causationId: runId, userId: 'reading-circle' };
    return this.context.run(message, async () => {
      const { version } = await this.commands.execute(new LendCopy('of-the-week', 'circle', 'harbour'));
      this.logger.log(`Lent, at version ${version}.`);
    });
  }
}
