import type { DynamicModule } from '@nestjs/common';
import type { Settings } from './config/settings.js';
import { viewingEventOf } from '../viewing/viewing.module.js';

/** The module of JetStream, when there is a cluster. Without one, none of its packages is loaded. */
export const jetStreamOf = (settings: Settings): Promise<DynamicModule>[] =>
  settings.JETSTREAM_URL === undefined ? [] : [loadJetStream(settings, settings.JETSTREAM_URL)];

async function loadJetStream(settings: Settings, servers: string): Promise<DynamicModule> {
  const { JetStreamModule } = await import('../jetstream/jetstream.module.js');
  const { JETSTREAM_CREDS: credentials, RELAY, RELAY_STREAM, RELAY_PREFIX, RELAY_PARTITIONS } = settings;
  const relay = { stream: RELAY_STREAM, prefix: RELAY_PREFIX, partitions: RELAY_PARTITIONS };
  const { INTAKE_STREAM: stream, INTAKE_DURABLE: durable } = settings;
  return JetStreamModule.forRoot({
    servers,
    credentials,
    relay: RELAY === 'on' ? relay : undefined,
    intake: stream === undefined ? undefined : { stream, durable, prefix: RELAY_PREFIX, map: viewingEventOf },
  });
}
