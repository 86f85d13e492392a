import { IdempotencyKeyReusedError } from '../../event-sourcing/index.js';

const PROBLEMS = 'eventfold:problems';

/**
 * Documents the problems that are a route's own, each by an error that it can throw, as an example. A route may have
 * several; see `problemResponses`.
 */
export const AnswersProblems =
  (...errors: Error[]): MethodDecorator =>
  (_controller, _name, { value }) => {
    const route = value as object;
    Reflect.defineMetadata(PROBLEMS, [...errors, ...problemsOf(route)], route);
  };

export const problemsOf = (route: object): Error[] =>
  (Reflect.getMetadata(PROBLEMS, route) as Error[] | undefined) ?? [];

/** Whether a repeat of the route's request gets the first answer. */
export const isRepeatable = (route: object) =>
  problemsOf(route).some((error) => error instanceof IdempotencyKeyReusedError);
