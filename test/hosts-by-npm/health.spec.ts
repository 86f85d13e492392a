import { Controller, Get, type INestApplication, Module } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import { EventfoldHealthIndicator, EventfoldHealthModule } from 'nest-eventfold/health';
import { settle } from 'nest-eventfold/testing';
import { DataSource } from 'typeorm';
import { AppModule } from './app.module.js';

@Controller('health')
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly eventfold: EventfoldHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  check() {
    return this.health.check([() => this.eventfold.isHealthy()]);
  }
}

@Module({
  imports: [AppModule, TerminusModule.forRoot({ logger: false }), EventfoldHealthModule],
  controllers: [HealthController],
})
class HealthModule {}

describe('the health of the application', () => {
  let app: INestApplication;

  beforeEach(async () => {
    const module = await Test.createTestingModule({ imports: [HealthModule] }).compile();
    app = module.createNestApplication();
    await app.listen(0, '127.0.0.1');
    await settle(app); // projections may be starting before this
  }, 60_000);
  afterEach(() => app.close());

  const health = async () => {
    const answer = await fetch(`${await app.getUrl()}/health`);
    return { status: answer.status, body: await answer.json() };
  };

  it('is what terminus says', async () => {
    const eventfold = { status: 'up', database: 'ok', migrations: 'ok', projections: 'ok' };
    expect(await health()).toMatchObject({ status: 200, body: { status: 'ok', info: { eventfold } } });
  });

  it('is what terminus says where a table is missing', async () => {
    await app.get(DataSource).query('drop table eventfold.snapshots');
    const eventfold = { status: 'down', database: 'ok', migrations: 'failed' };
    expect(await health()).toMatchObject({ status: 503, body: { status: 'error', error: { eventfold } } });
  });
});
