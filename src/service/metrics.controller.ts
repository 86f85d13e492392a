import { Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Metrics } from '../metrics/metrics.js';
import { CORRELATION_ID } from '../api/route/answer-headers.js';
import { Allow } from '../api/access/allow.decorator.js';
import { ApiController } from '../api/route/api-controller.js';

const EXAMPLE = `# HELP eventfold_projection_lag_events Events of the log that are not folded yet
# TYPE eventfold_projection_lag_events gauge
eventfold_projection_lag_events{projection="user-profile"} 0
`;

@ApiController('metrics', 'Health', { needsDatabase: false })
export class MetricsController {
  constructor(private readonly all: Metrics) {}

  @Get()
  @Allow('admin')
  @Header('Content-Type', Metrics.CONTENT_TYPE)
  @ApiOperation({
    operationId: 'getMetrics',
    summary: 'Metrics for Prometheus: of the log, projections, HTTP and the process',
  })
  @ApiOkResponse({
    description: 'Done.',
    headers: CORRELATION_ID,
    content: { 'text/plain': { schema: { type: 'string' }, example: EXAMPLE } },
  })
  metrics(): Promise<string> {
    return this.all.collect();
  }
}
