import { Get } from '@nestjs/common';
import { ApiOperation, ApiProperty, ApiSchema } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { LogListener } from '../event-sourcing/for-service.js';
import { EventfoldError, Projections } from '../event-sourcing/index.js';
import { Allow } from '../api/access/allow.decorator.js';
import { ApiController } from '../api/route/api-controller.js';
import { ChecksBody } from '../api/route/bodies.js';
import { FlagText } from '../api/request/fields.js';
import { Answers } from '../api/route/route-answers.js';
import { AnswersProblems } from '../api/route/route-problems.js';
import { Query } from '../api/request/validated.js';
import { Drain } from './http/drain.js';
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
}

/** What is as it should be: paused by an operator, and rows that are another build's, are. */
const MOVING = new Set(['running', 'paused', 'standing-by']);

class ReadyQuery {
  @FlagText({
    optional: true,
    description:
      'With true, a projection that stands still is 503 as well. By default it is only said: ' +
      'commands and other queries ' +
      'are answered all the same, and every instance would be taken out at once.',
    example: true,
  })
  strict = false;
}

/** How long the database may take to answer a check, in ms. */
const PATIENCE_MS = 2_000;

@ApiController('health', 'Health', { needsDatabase: false })
export class HealthController {
  private migrated = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly projections: Projections,
    private readonly listener: LogListener,
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
    const database = await outcomeOf(this.dataSource.query('select 1'));
    const migrations = database === 'ok' ? await outcomeOf(this.checkMigrations()) : 'unknown';
    const checks = { database, migrations, projections: this.checkProjections() };
    const decisive = strict ? checks : { database, migrations };
    if (Object.values(decisive).some((found) => found !== 'ok')) throw new NotReady(checks);
    return { status: 'ok', checks, notifications: this.listener.connected ? 'listening' : 'polling' };
  }

  private async checkMigrations(): Promise<void> {
    this.migrated ||= !(await this.dataSource.showMigrations());
    if (!this.migrated) throw new Error('migrations are pending');
  }

  private checkProjections(): string {
    const still = this.projections.running
      .map(({ folding: { name }, status: { status } }) => ({ name, status }))
      .filter(({ status }) => !MOVING.has(status));
    return still.length === 0 ? 'ok' : still.map(({ name, status }) => `${name} is ${status}`).join(', ');
  }
}

/** The cause is for the log of the database's own errors, not for whoever asks. */
async function outcomeOf(check: Promise<unknown>): Promise<string> {
  const timeout = new Promise((_, reject) => setTimeout(reject, PATIENCE_MS).unref());
  return Promise.race([check, timeout]).then(
    () => 'ok',
    () => 'failed',
  );
}
