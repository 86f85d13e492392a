import { Body, HttpCode, Param, Post, Put } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiExtraModels,
  ApiOkResponse,
  ApiProperty,
  getSchemaPath,
} from '@nestjs/swagger';
import { IdempotencyKeys } from '../event-sourcing/index.js';
import { AnswersCommand, AnswersOnce, ApiController } from '../http/api-controller.js';
import { CatalogueContent } from './commands/catalogue-content.command.js';
import { type ContentReceipt, restoreReceipt } from './commands/content-receipt.js';
import { RecordViewing } from './commands/record-viewing.command.js';
import { readBatch, restoreVerdicts, toVerdicts, Verdict } from './viewing-batch.js';
import type { ViewingEvent } from './viewing.events.js';
import {
  CatalogueBody,
  ContentIdParam,
  RatedBody,
  TypedRatedBody,
  TypedWatchedBody,
  WatchedBody,
} from './viewing.requests.js';

class ContentReceiptBody {
  @ApiProperty({ format: 'uuid' }) eventId: string;
  @ApiProperty({ description: 'Position in the log, for `Read-After`.', example: 17 }) position: number;
}

class VerdictsBody {
  @ApiProperty({ type: [Verdict] }) verdicts: Verdict[];
}

@ApiController('', 'Viewing')
@ApiExtraModels(TypedWatchedBody, TypedRatedBody)
export class ViewingController {
  constructor(
    private readonly commands: CommandBus,
    private readonly keys: IdempotencyKeys,
  ) {}

  @Put('contents/:contentId')
  @AnswersCommand(200, restoreReceipt)
  @ApiOkResponse({ type: ContentReceiptBody })
  catalogue(@Param() { contentId }: ContentIdParam, @Body() { title, genre }: CatalogueBody) {
    return this.commands.execute(new CatalogueContent(contentId, title, genre));
  }

  @Post('viewing/watched')
  @AnswersCommand(202, restoreReceipt)
  @ApiAcceptedResponse({ type: ContentReceiptBody })
  watched(@Body() body: WatchedBody) {
    return this.record(body.toEvent());
  }

  @Post('viewing/rated')
  @AnswersCommand(202, restoreReceipt)
  @ApiAcceptedResponse({ type: ContentReceiptBody })
  rated(@Body() body: RatedBody) {
    return this.record(body.toEvent());
  }

  @Post('viewing/events')
  @HttpCode(200)
  @AnswersOnce(restoreVerdicts)
  @ApiBody({
    schema: {
      type: 'array',
      minItems: 1,
      maxItems: 1000,
      items: { oneOf: [{ $ref: getSchemaPath(TypedWatchedBody) }, { $ref: getSchemaPath(TypedRatedBody) }] },
    },
  })
  @ApiOkResponse({ type: VerdictsBody })
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
