import { applyDecorators, type Type, UseInterceptors } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import {
  ProjectionBusyError,
  ProjectionNotFoundError,
  ProjectionStateError,
  RowNotFoundError,
  ScanBusyError,
  ScanUnfinishedError,
  TimerEndedError,
  TimerNotFoundError,
} from '../event-sourcing/index.js';
import { TableMisfitError } from '../event-sourcing/for-service.js';
import { ActorInterceptor } from '../api/host/actor.interceptor.js';
import { Allow } from '../api/access/allow.decorator.js';
import { OF_A_NEWER_BUILD } from '../api/problem/common-problems.js';
import { Answers } from '../api/route/route-answers.js';
import { AnswersProblems } from '../api/route/route-problems.js';
import type { Refusal, RoutedAct, StateRefusal } from './act.js';
import { EXAMPLE_TIMER } from './timer-acts.js';
import { EXAMPLE_USER } from '../api/example-user.js';

export const NO_PROJECTION = new ProjectionNotFoundError('There is no projection "user-profiles".');

export const NO_ROW = new RowNotFoundError('user-profile', EXAMPLE_USER.id);
export const SEARCH_BUSY = new ScanBusyError();
/** Why the events of a key do not tell its rows. */
export const NOT_TOLD = [
  new ProjectionStateError('projection.is-reaction', 'mail is a reaction: it has no rows.'),
  new ProjectionStateError(
    'projection.own-sql',
    'statistics has SQL of its own, so its rows cannot be told from its events. A rebuild folds them anew.',
  ),
  new ProjectionStateError(
    'projection.too-many-rows',
    'The key has more than 50,000 rows in statistics, which are too many to fold in memory.',
  ),
] as const;

const OCCASIONS: Record<Exclude<Refusal, StateRefusal>, readonly Error[]> = {
  'no-projection': [NO_PROJECTION],
  'no-timer': [new TimerNotFoundError(EXAMPLE_TIMER)],
  'timer-ended': [
    new TimerEndedError(EXAMPLE_TIMER, 'fired'),
    new TimerEndedError(EXAMPLE_TIMER, 'cancelled'),
  ],
  'not-parked': [
    new ProjectionNotFoundError(`"${EXAMPLE_USER.id}" is not parked in projection "user-profile".`),
  ],
  'no-row': [NO_ROW],
  'not-told': NOT_TOLD,
  'scan-unfinished': [new ScanUnfinishedError(3_000_000, 5_000_000), SEARCH_BUSY],
  busy: [new ProjectionBusyError('user-profile')],
  'newer-build': OF_A_NEWER_BUILD,
  'table-misfit': [
    new TableMisfitError(
      'The table user_profiles has no unique key on (user_id), the primary key of its entity UserProfile: add one, as ' +
        'with "alter table user_profiles add primary key (user_id)".',
    ),
  ],
};

/**
 * Documents and guards the route of an act, for administrators, and runs it in the message of its sender: the record of
 * the act names the sender. The method and path have a decorator of their own.
 */
export const ActRoute = <Outcome extends object>(
  { operationId, summary, effect, ofRoute, refusals }: RoutedAct<never, Outcome, never>,
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
