import { Get } from '@nestjs/common';
import { ApiOperation, ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { REPLICA_STATES } from '../event-sourcing/for-service.js';
import { EventfoldError } from '../event-sourcing/index.js';
import { Allow } from '../api/access/allow.decorator.js';
import { ApiController } from '../api/route/api-controller.js';
import { ChecksBody } from '../api/route/bodies.js';
import { FlagText } from '../api/request/fields.js';
import { Answers } from '../api/route/route-answers.js';
import { AnswersProblems } from '../api/route/route-problems.js';
import { Query } from '../api/request/validated.js';
import { Drain } from './drain.js';
import { StoreHealth } from '../health/store-health.js';
import { Stopping } from '../api/problem/stopping.error.js';

class NotReady extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'not-ready';

  constructor(readonly checks: ChecksBody) {
    super(
      `Not ready: ${Object.entries(checks)
        .filter(([, found]) => found !== 'ok')
        .map(([name]) => name)
        .join(', ')}.`,
    );
  }

  override get details() {
    return { checks: this.checks };
  }
}

@ApiSchema({ name: 'Liveness' })
class LiveBody {
  @ApiProperty({ example: 'ok' }) status: string;
}

@ApiSchema({ name: 'Readiness' })
class ReadyBody extends LiveBody {
  @ApiProperty({
    type: ChecksBody,
    example: { database: 'ok', migrations: 'ok', projections: 'ok' },
  })
  checks: ChecksBody;
  @ApiProperty({
    enum: ['listening', 'polling'],
    example: 'listening',
    description: 'How projections hear of new events.',
  })
  notifications: string;
  @ApiPropertyOptional({
    enum: REPLICA_STATES,
    isArray: true,
    example: ['in-use', 'behind'],
    description: 'The replicas for queries, in the order of the settings; absent without replicas.',
  })
  replicas?: string[];
}

class ReadyQuery {
  @FlagText({
    optional: true,
    description:
      'With true, the answer is 503 also when a projection, the relay or the intake stands still. By default the ' +
      'answer only reports it, ' +
      'because commands and other queries still work, and all instances would be taken out at once.',
    example: true,
  })
  strict = false;
}

@ApiController('health', 'Health', { needsDatabase: false })
export class HealthController {
  constructor(
    private readonly store: StoreHealth,
    private readonly drain: Drain,
  ) {}

  @Get('live')
  @Allow('anyone')
  @ApiOperation({ operationId: 'getLiveness', summary: 'Whether the process answers' })
  @Answers(200, LiveBody)
  live(): LiveBody {
    return { status: 'ok' };
  }

  @Get('ready')
  @Allow('anyone')
  @ApiOperation({
    operationId: 'getReadiness',
    summary: 'Whether commands and queries are answered; if not, which check failed',
  })
  @Answers(200, ReadyBody)
  @AnswersProblems(new NotReady({ database: 'failed', migrations: 'unknown', projections: 'ok' }))
  async ready(@Query() { strict }: ReadyQuery): Promise<ReadyBody> {
    if (this.drain.hasBegun)
      throw new Stopping('The service is about to stop. Send new requests to another one.');
    const { isReady, ...report } = await this.store.check(strict);
    if (!isReady) throw new NotReady(report.checks);
    return { status: 'ok', ...report };
  }
}
