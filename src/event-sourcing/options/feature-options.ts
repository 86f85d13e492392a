/** The options that the modules of features have in common. */
export interface FeatureOptions {
  /** The name of the event store to work with. Default: `default`. */
  store?: string | undefined;
  /** Whether the HTTP routes are there; without them, commands and queries go over the buses. Default: true. */
  controllers?: boolean | undefined;
}
