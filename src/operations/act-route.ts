import { applyDecorators, type Type, UseInterceptors } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import {
  ProjectionBusyError,
  ProjectionNotFoundError,
  ProjectionStateError,
} from '../event-sourcing/index.js';
import { ActorInterceptor } from '../api/host/actor.interceptor.js';
import { Allow } from '../api/access/allow.decorator.js';
import { OF_A_NEWER_BUILD } from '../api/problem/common-problems.js';
import { Answers } from '../api/route/route-answers.js';
import { AnswersProblems } from '../api/route/route-problems.js';
import type { Refusal, RoutedAct, StateRefusal } from './act.js';
import { EXAMPLE_USER } from '../api/example-user.js';

export const NO_PROJECTION = new ProjectionNotFoundError('There is no projection "user-profiles".');

const OCCASIONS: Record<Exclude<Refusal, StateRefusal>, readonly Error[]> = {
  'no-projection': [NO_PROJECTION],
  'not-parked': [
    new ProjectionNotFoundError(`"${EXAMPLE_USER.id}" is not parked in projection "user-profile".`),
  ],
  busy: [new ProjectionBusyError('user-profile')],
  'newer-build': OF_A_NEWER_BUILD,
};

/**
 * Documents and guards the route of an act, for administrators, and runs it in the message of its sender: the record of
 * the act names the sender. The method and path have a decorator of their own.
 */
export const ActRoute = <Outcome extends object>(
  { operationId, summary, effect, ofRoute, refusals }: RoutedAct<never, Outcome>,
  status: 200 | 202,
  body: Type<Outcome>,
) =>
  applyDecorators(
    Allow('admin'),
    UseInterceptors(ActorInterceptor),
    ApiOperation({ operationId, summary, description: [effect, ofRoute].filter(Boolean).join(' ') }),
    Answers(status, body),
    AnswersProblems(...refusals.flatMap(problemsOf)),
  );

const problemsOf = (refusal: Refusal): readonly Error[] =>
  typeof refusal === 'string'
    ? OCCASIONS[refusal]
    : [new ProjectionStateError(refusal.code, refusal.example)];
