import { Get, Header, Headers, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiProduces } from '@nestjs/swagger';
import { Allow } from '../../api/access/allow.decorator.js';
import { ApiController } from '../../api/route/api-controller.js';
import { Answers } from '../../api/route/route-answers.js';
import { OverviewBody } from './overview-bodies.js';
import { Overview } from './overview.js';
import { OverviewStream } from './overview-stream.js';

/** The state of a store on one page. */
@ApiController('overview', 'Overview', { needsDatabase: false })
export class OverviewController {
  constructor(
    private readonly overview: Overview,
    private readonly stream: OverviewStream,
  ) {}

  @Get()
  @Allow('admin')
  @Header('Cache-Control', 'no-store')
  @Header('X-Accel-Buffering', 'no')
  @ApiOperation({
    operationId: 'getOverview',
    summary: 'What is wrong, the worst first, with the figures of the last 15 minutes',
    description:
      'With `Accept: text/event-stream` the answer stays open: an event `overview` every 2 s. The first has all samples, ' +
      'later ones have those that are new. While the database does not answer, the overview says so, and has no ' +
      'projections and no processes.',
  })
  @Answers(200, OverviewBody)
  @ApiProduces('application/json', 'text/event-stream')
  get(@Headers('accept') accept: string | undefined): Promise<OverviewBody> | StreamableFile {
    if (accept?.includes('text/event-stream') === true) return this.stream.open();
    return this.overview.current();
  }
}
