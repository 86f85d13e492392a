import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { canonicalUuid } from '../../event-sourcing/for-service.js';
import { InvalidRequest } from './invalid-request.error.js';

/**
 * A UUID in the path of a route, in the spelling in which it is stored.
 *
 * It is not a class with one `Uuid`, as in bodies and queries: to make and check such an instance costs 10 us, more
 * than any other step of a query by id in this process.
 */
export const PathUuid =
  (name: string, example: string): ParameterDecorator =>
  (controller, method, index) => {
    UuidOfPath(name)(controller, method, index);
    const descriptor = Object.getOwnPropertyDescriptor(controller, method!)!;
    ApiParam({ name, format: 'uuid', example })(controller, method!, descriptor);
  };

const UuidOfPath = createParamDecorator((name: string, execution: ExecutionContext) => {
  const { params } = execution.switchToHttp().getRequest<{ params: Record<string, string> }>();
  const id = canonicalUuid(params[name] ?? '');
  if (id !== undefined) return id;
  throw new InvalidRequest([{ path: name, message: `${name} must be a UUID` }]);
});
