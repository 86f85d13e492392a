/** `nest-eventfold/metrics`: the metrics of an event store, in the `prom-client` registry of the application. */
export { EventfoldMetricsModule, type EventfoldMetricsOptions } from './metrics.module.js';
