/** Options that all feature modules share. */
export interface FeatureOptions {
  /** The name of the event store that it uses. Default: `default`. */
  store?: string | undefined;
  /** Whether the module has its HTTP routes. Without them, commands and queries go through the buses. Default: true. */
  controllers?: boolean | undefined;
}
