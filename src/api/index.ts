/** `nest-eventfold/http`: the parts of Eventfold's own routes, for your controllers. */
export { EventfoldHttpModule } from './host/http.module.js';
export { Idempotent } from './host/idempotent.decorator.js';
export { requestIdsOf, type RequestIds } from './host/ids-of-request.js';
export type { CallOutcome } from '../event-sourcing/for-service.js';
export type { Restore } from './route/repeated-requests.js';
export { IfMatch, ReadAfter } from './request/headers.js';
export { InvalidRequest, type FieldError } from './request/invalid-request.error.js';
export { CorrelationGuard } from './request/correlation.guard.js';
export { correlationIdOf, CORRELATION_HEADER, type HttpRequest } from './request/correlation.js';
export { EventfoldErrorMapping, type MappedError } from './problem/host-filter-mapping.js';
export { problemOf, type Problem } from './problem/error-to-problem.js';
export { ProblemFilter } from './problem/problem.filter.js';
export { AccessGuard as EventfoldAccessGuard } from './access/access.guard.js';
export type { AccessOptions } from './access/access.js';
export { Forbidden, Unauthenticated } from './access/access.errors.js';
export { actorOf, rememberActor, type Actor } from './access/actor.js';
export { Allow, ruleOf, type AccessRule } from './access/allow.decorator.js';
