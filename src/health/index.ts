/** `nest-eventfold/health`: the state of an event store, for `@nestjs/terminus` and for health checks of your own. */
export { EventfoldHealthIndicator, type EventfoldHealthResult } from './health-indicator.js';
export { EventfoldHealthModule } from './health.module.js';
export { StoreHealth, type StoreChecks, type StoreReport } from './store-health.js';
