import type { ActName, ProjectionOperations, ProjectionStateError } from '../event-sourcing/index.js';

/** Something that an operator does, by a route, a command or both. */
export interface Act<Parameters, Outcome, Operations = ProjectionOperations> {
  /** It is also the name of the act's command, if the act has a command of its own. */
  readonly name: ActName;
  /** What the operator asks for, in one line without a full stop. */
  readonly summary: string;
  readonly perform: (operations: Operations, parameters: Parameters) => Outcome;
}

/** An act with a route. The API document and the help of the act's command show its texts. */
export interface RoutedAct<Parameters, Outcome, Operations = ProjectionOperations> extends Act<
  Parameters,
  Promise<Outcome>,
  Operations
> {
  readonly operationId: string;
  /** What the act does, in sentences that are true of the route and of the command. */
  readonly effect: string;
  /** More sentences, for the API document only. */
  readonly ofRoute?: string;
  readonly refusals: readonly Refusal[];
}

/** Why an act may be refused. `OCCASIONS` in `act-route.ts` has examples of the common reasons; a state has its own. */
export type Refusal =
  | 'no-projection'
  | 'no-timer'
  | 'timer-ended'
  | 'not-parked'
  | 'no-row'
  | 'not-told'
  | 'scan-unfinished'
  | 'busy'
  | 'newer-build'
  | 'table-misfit'
  | StateRefusal;

export interface StateRefusal {
  readonly code: ProjectionStateError['code'];
  readonly example: string;
}

/**
 * Performs an act. Every route and command calls this function, so a rule for all acts has one place. The core records
 * the act, so that it commits together with its record, and so that acts of the application itself are recorded, too.
 *
 * @throws what `act.perform` throws
 */
export function performAct<Parameters, Outcome, Operations = ProjectionOperations>(
  operations: Operations,
  act: Act<Parameters, Outcome, Operations>,
  parameters: Parameters,
): Outcome {
  return act.perform(operations, parameters);
}
