import type { ProjectionOperations, ProjectionStateError } from '../event-sourcing/index.js';

/** Something that an operator does: by a route, by a command, or by both. */
export interface Act<Parameters, Outcome> {
  /** A durable identity, which no other act has. It is also the act's command, where it has one of its own. */
  readonly name: string;
  /** What the operator asks for, in one line without a full stop. */
  readonly summary: string;
  readonly perform: (operations: ProjectionOperations, parameters: Parameters) => Outcome;
}

/** An act that has a route: what a reader of the API and of the help of its command is told. */
export interface RoutedAct<Parameters, Outcome> extends Act<Parameters, Promise<Outcome>> {
  readonly operationId: string;
  /** What then happens, in sentences that hold for route and command. */
  readonly effect: string;
  /** What only the API has to say, in sentences. */
  readonly ofRoute?: string;
  readonly refusals: readonly Refusal[];
}

/** Why an act is not performed: `OCCASIONS` of `act-route.ts` has the common ones, and a state has an example. */
export type Refusal = 'no-projection' | 'not-parked' | 'busy' | 'newer-build' | StateRefusal;

export interface StateRefusal {
  readonly code: ProjectionStateError['code'];
  readonly example: string;
}

/**
 * The one way to perform an act. Routes and commands come through here, so that what is to hold for all acts has its
 * place here.
 *
 * @throws what `act.perform` throws
 */
export function performAct<Parameters, Outcome>(
  operations: ProjectionOperations,
  act: Act<Parameters, Outcome>,
  parameters: Parameters,
): Outcome {
  return act.perform(operations, parameters);
}
