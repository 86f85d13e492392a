import { Get, type StreamableFile } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Allow } from '../../api/access/allow.decorator.js';
import { liveAnswer } from '../../api/live/live-answer.js';
import { Client, type LiveClient } from '../../api/live/live-client.js';
import { ApiController } from '../../api/route/api-controller.js';
import { AnswersOrFeeds } from '../../api/route/route-answers.js';
import { LiveConnections } from '../../event-sourcing/for-service.js';
import { OverviewBody } from './overview-bodies.js';
import { framesOfOverview } from './overview-frames.js';
import { Overview } from './overview.js';

/** The state of a store on one page. */
@ApiController('overview', 'Overview', { needsDatabase: false })
export class OverviewController {
  constructor(
    private readonly overview: Overview,
    private readonly connections: LiveConnections,
  ) {}

  @Get()
  @Allow('admin')
  @ApiOperation({
    operationId: 'getOverview',
    summary: 'What is wrong, the worst first, with the figures of the last 15 minutes',
    description:
      'While the database does not answer, the overview says so, and has no projections and no processes.',
  })
  @AnswersOrFeeds(
    OverviewBody,
    'an event `overview` with the same JSON comes every 2 s. The first has all samples, later ones those that are new.',
  )
  get(@Client() client: LiveClient): Promise<OverviewBody | StreamableFile> {
    if (!client.wantsFeed) return this.overview.current();
    return liveAnswer(client, this.connections, async () => framesOfOverview(this.overview));
  }
}
