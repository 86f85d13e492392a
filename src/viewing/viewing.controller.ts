import { Post, Put } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import {
  ApiBody,
  ApiExtraModels,
  ApiOperation,
  ApiProperty,
  ApiSchema,
  getSchemaPath,
} from '@nestjs/swagger';
import { IdempotencyKeys } from '../event-sourcing/for-service.js';
import { Allow } from '../api/access/allow.decorator.js';
import { ApiController } from '../api/route/api-controller.js';
import { TakesBatch } from '../api/route/takes-batch.decorator.js';
import { AnswersCommand, AnswersOnce } from '../api/route/route-answers.js';
import { Body, Param } from '../api/request/validated.js';
import { CatalogueContent } from './commands/catalogue-content.command.js';
import { type ContentReceipt, restoreReceipt } from './commands/content-receipt.js';
import { RecordViewing } from './commands/record-viewing.command.js';
import { EXAMPLE_VERDICTS, readBatch, restoreVerdicts, toVerdicts, Verdict } from './viewing-batch.js';
import type { ViewingEvent } from './viewing.events.js';
import {
  CatalogueBody,
  ContentIdParam,
  RatedBody,
  TypedRatedBody,
  TypedWatchedBody,
  WatchedBody,
} from './viewing.requests.js';

@ApiSchema({ name: 'ContentReceipt', description: 'The place of the event in the log.' })
class ContentReceiptBody {
  @ApiProperty({ format: 'uuid', example: '7c9e6679-7425-40de-944b-e07fc1f90ae7' }) eventId: string;
  @ApiProperty({ type: 'integer', description: 'Position in the log, for `Read-After`.', example: 17 })
  position: number;
}

@ApiSchema({ name: 'Verdicts', description: 'One for each event, in order.' })
class VerdictsBody {
  @ApiProperty({ type: [Verdict], example: EXAMPLE_VERDICTS }) verdicts: Verdict[];
}

@ApiController('', 'Viewing')
@ApiExtraModels(TypedWatchedBody, TypedRatedBody)
export class ViewingController {
  constructor(
    private readonly commands: CommandBus,
    private readonly keys: IdempotencyKeys,
  ) {}

  @Put('contents/:contentId')
  @Allow('viewing:write')
  @ApiOperation({ operationId: 'catalogueContent', summary: 'Name a content and its genre' })
  @AnswersCommand(200, ContentReceiptBody, restoreReceipt)
  catalogue(@Param() { contentId }: ContentIdParam, @Body() { title, genre }: CatalogueBody) {
    return this.commands.execute(new CatalogueContent(contentId, title, genre));
  }

  @Post('viewing/watched')
  @Allow('viewing:write')
  @ApiOperation({ operationId: 'recordWatched', summary: 'Record that a user watched a content' })
  @AnswersCommand(202, ContentReceiptBody, restoreReceipt)
  watched(@Body() body: WatchedBody) {
    return this.record(body.toEvent());
  }

  @Post('viewing/rated')
  @Allow('viewing:write')
  @ApiOperation({ operationId: 'recordRated', summary: 'Record that a user rated a content' })
  @AnswersCommand(202, ContentReceiptBody, restoreReceipt)
  rated(@Body() body: RatedBody) {
    return this.record(body.toEvent());
  }

  @Post('viewing/events')
  @TakesBatch()
  @Allow('viewing:write')
  @ApiOperation({
    operationId: 'recordViewingEvents',
    summary: 'Record many views and ratings at once',
    description: 'Each event is checked on its own: an invalid event does not affect the others.',
  })
  @AnswersOnce(200, VerdictsBody, restoreVerdicts)
  @ApiBody({
    schema: {
      type: 'array',
      minItems: 1,
      maxItems: 1000,
      items: { oneOf: [{ $ref: getSchemaPath(TypedWatchedBody) }, { $ref: getSchemaPath(TypedRatedBody) }] },
    },
  })
  async events(@Body() body: unknown): Promise<VerdictsBody> {
    const { events, invalid } = readBatch(body);
    this.keys.keep(invalid);
    return toVerdicts(await this.commands.execute(new RecordViewing(events)), invalid);
  }

  private async record(event: ViewingEvent): Promise<ContentReceipt> {
    const [receipt] = await this.commands.execute(new RecordViewing([event]));
    return receipt!;
  }
}
