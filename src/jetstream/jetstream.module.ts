import {
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { awaitStops, NAME, optional, resolveOptions, type Rule } from '../event-sourcing/for-service.js';
import { EventSourcingModule, type FeatureOptions } from '../event-sourcing/index.js';
import { BROKER_RULES, type BrokerOptions } from './broker/broker-options.js';
import { BROKER } from './broker/broker.js';
import { StreamSearch } from './broker/stream-search.js';
import type { IntakeOptions } from './intake/intake-options.js';
import { intakePart } from './intake/intake-part.js';
import type { BackgroundPart } from './part.js';
import type { RelayOptions } from './relay/relay-options.js';
import { relayPart } from './relay/relay-part.js';

/** The cluster, and the parts that work with it. A part without options is off. */
export interface JetStreamOptions extends BrokerOptions, Pick<FeatureOptions, 'store'> {
  /** Publishes the log to a stream: `{}` for all defaults. Default: off. */
  relay?: RelayOptions | undefined;
  /** Takes the events of other services from a stream into the log. Default: off. */
  intake?: IntakeOptions | undefined;
}

const RULES: Record<keyof (BrokerOptions & Pick<FeatureOptions, 'store'>), Rule> = {
  ...BROKER_RULES,
  store: optional(NAME),
};

const OWNER = 'JetStreamModule.forRoot';
const RUNNING = Symbol('running parts');

/**
 * An event store beside a NATS JetStream cluster. It is not global, so that Nest stops it before the data source is
 * closed.
 */
@Module({})
export class JetStreamModule implements OnApplicationBootstrap, OnApplicationShutdown {
  /** @throws InvalidOptionsError */
  static forRoot({ relay, intake, ...others }: JetStreamOptions): DynamicModule {
    const { store, ...broker } = resolveOptions(others, RULES, OWNER) as BrokerOptions &
      Pick<FeatureOptions, 'store'>;
    const parts = [
      relay !== undefined && relayPart(relay, OWNER),
      intake !== undefined && intakePart(intake, OWNER),
    ].filter((part) => part !== false);
    return {
      module: JetStreamModule,
      imports: [EventSourcingModule.forFeature({ store })],
      providers: [
        { provide: BROKER, useValue: broker satisfies BrokerOptions },
        StreamSearch,
        ...parts.flatMap(({ providers }) => providers),
        {
          provide: RUNNING,
          useFactory: (...running: BackgroundPart[]) => running,
          inject: parts.map(({ runs }) => runs),
        },
      ],
    };
  }

  private readonly logger = new Logger('JetStream');

  constructor(@Inject(RUNNING) private readonly running: readonly BackgroundPart[]) {}

  onApplicationBootstrap(): void {
    for (const part of this.running) part.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await awaitStops(Object.fromEntries(this.running.map((part) => [part.title, part.stop()])), this.logger);
  }
}
