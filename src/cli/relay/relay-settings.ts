/** The settings of the service that name the stream of the relay. */
export const OF_THE_RELAY = [
  'JETSTREAM_URL',
  'JETSTREAM_CREDS',
  'RELAY',
  'RELAY_STREAM',
  'RELAY_PREFIX',
  'RELAY_PARTITIONS',
] as const;
