import { Injectable } from '@nestjs/common';
import { StoreHealth, type StoreReport } from './store-health.js';

/** The part of an indicator that terminus reads: `HealthIndicatorResult` of its versions 11 and 12. */
export type EventfoldHealthResult<Key extends string = string> = Record<
  Key,
  { status: 'up' | 'down' } & StoreReport['checks'] & Pick<StoreReport, 'notifications' | 'replicas'>
>;

/**
 * The event store for `@nestjs/terminus`: `health.check([() => this.eventfold.isHealthy()])`. It has the shape that
 * terminus reads, and imports nothing of terminus, so an application without terminus can use it, too.
 */
@Injectable()
export class EventfoldHealthIndicator {
  constructor(private readonly store: StoreHealth) {}

  /**
   * `down` when `/health/ready` of the service would answer 503.
   *
   * @param key the name in the report. Default: `eventfold`.
   * @param options.strict whether a projection that stands still is `down` as well. Default: false.
   */
  async isHealthy<Key extends string = 'eventfold'>(
    key: Key = 'eventfold' as Key,
    { strict = false }: { strict?: boolean } = {},
  ): Promise<EventfoldHealthResult<Key>> {
    const { isReady, checks, ...others } = await this.store.check(strict);
    const result = { status: isReady ? ('up' as const) : ('down' as const), ...checks, ...others };
    return { [key]: result } as EventfoldHealthResult<Key>;
  }
}
