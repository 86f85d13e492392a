import { Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { EventStore, type ParkedKey, ProjectionOperations } from '../event-sourcing/index.js';
import { AnswersProblems, ApiController } from './api-controller.js';
import { ParkedKeyPage, RetryOutcomeBody } from './parked-key-bodies.js';
import { ParkedKeyParam, ParkedKeysQuery, ProjectionParam } from './projections.requests.js';

const UNKNOWN = '`projection.not-found`: no projection has the name, or it has no such parked key.';

/** The keys of a projection that are set aside, and how they come back. */
@ApiController('projections/:name/parked', 'Projections')
export class ParkedKeysController {
  constructor(
    private readonly operations: ProjectionOperations,
    private readonly store: EventStore,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The parked keys of a projection, with the events that they stand at' })
  @ApiOkResponse({ type: ParkedKeyPage })
  @AnswersProblems({ 404: UNKNOWN })
  async list(
    @Param() { name }: ProjectionParam,
    @Query() { after, limit }: ParkedKeysQuery,
  ): Promise<ParkedKeyPage> {
    const found = await this.operations.parked(name, { after, limit: limit + 1 });
    const keys = found.slice(0, limit);
    return { items: await this.withEvents(keys), nextCursor: found.length > limit ? keys.at(-1)!.key : null };
  }

  @Post(':key/retry')
  @HttpCode(200)
  @ApiOperation({ summary: 'Fold what waits of a parked key, in order, by the code of today' })
  @ApiOkResponse({ type: RetryOutcomeBody })
  @AnswersProblems({ 404: UNKNOWN })
  retry(@Param() { name, key }: ParkedKeyParam): Promise<RetryOutcomeBody> {
    return this.operations.retry(name, key);
  }

  @Post(':key/skip')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Leave out the event that a parked key stands at',
    description: 'For good, and on record. What waits behind it is folded.',
  })
  @ApiOkResponse({ type: RetryOutcomeBody })
  @AnswersProblems({ 404: UNKNOWN })
  skip(@Param() { name, key }: ParkedKeyParam): Promise<RetryOutcomeBody> {
    return this.operations.skip(name, key);
  }

  private async withEvents(keys: readonly ParkedKey[]): Promise<ParkedKeyPage['items']> {
    const events = await this.store.readPositions(keys.map(({ position }) => position));
    const byPosition = new Map(events.map((event) => [event.position, event]));
    return keys.map(({ key, position, error, attempts, parkedAt, waiting }) => ({
      key,
      position,
      event: byPosition.get(position)!,
      error,
      attempts,
      parkedAt,
      waiting,
    }));
  }
}
