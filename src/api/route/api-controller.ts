import { applyDecorators, Controller, UseFilters, UseGuards } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, ApiTags } from '@nestjs/swagger';
import { accessProblemsOf } from '../access/access-problems.js';
import { AccessGuard } from '../access/access.guard.js';
import { ProblemBody } from './bodies.js';
import { CorrelationGuard } from '../request/correlation.guard.js';
import { OF_A_BODY, OF_A_PATH, OF_A_REQUEST, OF_THE_DATABASE } from '../problem/common-problems.js';
import { ProblemFilter } from '../problem/problem.filter.js';
import { problemResponses } from './problem-responses.js';
import { TakesCorrelationId } from './route-headers.js';
import { OfApi } from './hidden-routes.js';
import { isRoute, methodOf, pathOf } from './route-metadata.js';
import { isRepeatable, problemsOf } from './route-problems.js';

/**
 * A controller of Eventfold's API. It has its own validation, error format and correlation, so it works in the same way
 * inside a host application and does not touch the host's own routes. It is closed unless its module has access
 * options; see `AccessOptions`. The document lists for each route the problems of all routes of its kind, and the
 * route's own `AnswersProblems`.
 */
export const ApiController = (path: string, tag: string, { needsDatabase = true } = {}) =>
  applyDecorators(
    Controller(path),
    OfApi(),
    ApiTags(tag),
    ApiExtraModels(ProblemBody),
    TakesCorrelationId(),
    DocumentsProblems(path, needsDatabase ? [...OF_A_REQUEST, ...OF_THE_DATABASE] : OF_A_REQUEST),
    UseFilters(ProblemFilter),
    UseGuards(CorrelationGuard, AccessGuard),
  );

const DocumentsProblems =
  (path: string, ofAll: readonly Error[]): ClassDecorator =>
  ({ prototype }) => {
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      const route: unknown = descriptor.value;
      if (typeof route !== 'function' || !isRoute(route)) continue;
      const problems = [
        ...problemsOf(route),
        ...ofAll,
        ...ofItsKind(path, route),
        ...accessProblemsOf(route),
      ];
      for (const response of problemResponses(problems, { isRepeatable: isRepeatable(route) })) {
        ApiResponse(response)(prototype as object, name, descriptor);
      }
    }
  };

function ofItsKind(path: string, route: object): Error[] {
  const hasParameters = `${path}/${pathOf(route)}`.includes(':');
  const hasBody = methodOf(route) !== 'GET';
  return [...(hasBody ? OF_A_BODY : []), ...(hasParameters ? OF_A_PATH : [])];
}
