import { ConsoleLogger } from '@nestjs/common';
import { MessageContext } from '../event/message-context.js';

/**
 * The logger of Nest, whose lines name the message in which they are written: the request, the job, or the event that a
 * handler works on. In JSON a line has `correlationId`, and `userId` when the actor is known. A line for people ends
 * with the correlation id.
 *
 * ```ts
 * NestFactory.create(AppModule, { logger: new EventfoldLogger({ json: true }) });
 * ```
 */
export class EventfoldLogger extends ConsoleLogger {
  private readonly messages = new MessageContext();

  protected override getJsonLogObject(
    ...line: Parameters<ConsoleLogger['getJsonLogObject']>
  ): ReturnType<ConsoleLogger['getJsonLogObject']> {
    const { correlationId, userId } = this.messages.running() ?? {};
    return {
      ...super.getJsonLogObject(...line),
      ...(correlationId !== undefined && { correlationId }),
      ...(userId !== undefined && { userId }),
    };
  }

  protected override stringifyMessage(
    ...line: Parameters<ConsoleLogger['stringifyMessage']>
  ): ReturnType<ConsoleLogger['stringifyMessage']> {
    const correlationId = this.messages.running()?.correlationId;
    const text = super.stringifyMessage(...line);
    return correlationId === undefined ? text : `${text} (${correlationId})`;
  }
}
