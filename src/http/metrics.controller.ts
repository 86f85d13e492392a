import { Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { CORRELATION_ID } from './answer-headers.js';
import { ApiController } from './api-controller.js';
import { ProjectionMetrics } from './projection-metrics.js';

const EXAMPLE = `# HELP eventfold_projection_lag_events Events of the log that are not folded yet
# TYPE eventfold_projection_lag_events gauge
eventfold_projection_lag_events{projection="user-profile"} 0
`;

/** Of the process, and so one for all applications in it: what observes the garbage collector cannot be taken off again. */
const ofProcess = new Registry();

@ApiController('metrics', 'Health', { needsDatabase: false })
export class MetricsController {
  constructor(private readonly projections: ProjectionMetrics) {
    if (ofProcess.getMetricsAsArray().length === 0) collectDefaultMetrics({ register: ofProcess });
  }

  @Get()
  @Header('Content-Type', Registry.PROMETHEUS_CONTENT_TYPE)
  @ApiOperation({
    operationId: 'getMetrics',
    summary: 'Metrics for Prometheus: of projections, and of the process',
  })
  @ApiOkResponse({
    description: 'Done.',
    headers: CORRELATION_ID,
    content: { 'text/plain': { schema: { type: 'string' }, example: EXAMPLE } },
  })
  async metrics(): Promise<string> {
    return (await this.projections.collect()) + (await ofProcess.metrics());
  }
}
