import type { ProjectionState } from '../../event-sourcing/index.js';

/** `warning`: look at it today. `alarm`: look at it now. */
export type Severity = 'warning' | 'alarm';

/** What an operator opens to see more of a finding. */
export const VIEWS = [
  'projection',
  'parked',
  'rebuild',
  'relay',
  'intake',
  'replica',
  'timers',
  'processes',
  'log',
] as const;
export type ViewKind = (typeof VIEWS)[number];

export interface FindingRule {
  readonly severity: Severity;
  /** The text after the name of the projection or the replica, if the finding is about one. */
  readonly title: string;
  /** What to do, in one sentence. */
  readonly cure: string;
  readonly view: ViewKind;
}

/** The states of a projection in which an operator should look. */
type AlarmingState = Exclude<ProjectionState, 'starting' | 'running' | 'paused'>;

export type FindingCode =
  | `projection.${AlarmingState | 'lagging' | 'parked'}`
  | `database.${'away' | 'incomplete'}`
  | `rebuild.${'held' | 'waiting'}`
  | `relay.${'diverged' | 'waiting' | 'behind'}`
  | `intake.${'stopped' | 'waiting' | 'rejected'}`
  | `timers.${'overdue' | 'failed'}`
  | 'processes.stuck'
  | 'replica.left-out'
  | 'log.clock-ahead';

/** How long an event may wait to be folded or relayed before that is a finding, in seconds, as in the alerts. */
export const LATE_AFTER_S = 30;

/** All findings, the worst first: this is the order in which they are shown. */
export const FINDINGS: Readonly<Record<FindingCode, FindingRule>> = {
  'database.away': {
    severity: 'alarm',
    title: 'The database does not answer',
    cure: 'Look at the server and at the network to it: all goes on by itself when it answers again.',
    view: 'log',
  },
  'database.incomplete': {
    severity: 'alarm',
    title: 'The database lacks tables or functions of this version',
    cure: 'Run the migrations: "eventfold migrate", or those of the application.',
    view: 'log',
  },
  'relay.diverged': {
    severity: 'alarm',
    title: 'The stream of the relay has other events than the log',
    cure: 'Nothing is published until the stream is made anew: see the guide of the relay.',
    view: 'relay',
  },
  'projection.stopped': {
    severity: 'alarm',
    title: 'stands still: too many keys are parked',
    cure: 'Mend the cause of the failures, then retry the parked keys or skip their events.',
    view: 'parked',
  },
  'projection.no-worker': {
    severity: 'alarm',
    title: 'is run by no process',
    cure: 'Start a process with projections on, or drop the projection when no code has it any more.',
    view: 'projection',
  },
  'projection.blocked': {
    severity: 'alarm',
    title: 'is blocked by a session of the database',
    cure: 'End the transaction of that session: it holds a lock that the projection needs.',
    view: 'projection',
  },
  'intake.stopped': {
    severity: 'alarm',
    title: 'The intake has stopped',
    cure: 'Start the process again: messages wait at the broker until then.',
    view: 'intake',
  },
  'projection.retrying': {
    severity: 'warning',
    title: 'tries again and again',
    cure: 'Mend what the error names: the projection goes on by itself.',
    view: 'projection',
  },
  'projection.standing-by': {
    severity: 'warning',
    title: 'is folded by no process of its revision',
    cure: 'Deploy the build that its rows are of, or rebuild them with the running one.',
    view: 'projection',
  },
  'timers.overdue': {
    severity: 'warning',
    title: 'Timers are overdue',
    cure: 'Start a process with projections on, and look at its log: they fire by themselves, in order.',
    view: 'timers',
  },
  'relay.waiting': {
    severity: 'warning',
    title: 'The relay waits',
    cure: 'Look at the broker and the stream that the reason names: the relay goes on by itself.',
    view: 'relay',
  },
  'intake.waiting': {
    severity: 'warning',
    title: 'The intake waits',
    cure: 'Look at the broker and the consumer that the reason names: the intake goes on by itself.',
    view: 'intake',
  },
  'log.clock-ahead': {
    severity: 'warning',
    title: 'The last event is from the future',
    cure: 'Set the clock of the database right, then run "eventfold log correct-times".',
    view: 'log',
  },
  'projection.lagging': {
    severity: 'warning',
    title: 'is behind the log',
    cure: 'Resume it if it is paused; else add partitions or processes until it gains on the log.',
    view: 'projection',
  },
  'relay.behind': {
    severity: 'warning',
    title: 'The relay is behind the log',
    cure: 'Look at the load of the broker: the relay publishes as fast as the stream takes events.',
    view: 'relay',
  },
  'projection.parked': {
    severity: 'warning',
    title: 'has parked keys',
    cure: 'Mend the cause of each failure, then retry the key or skip its event.',
    view: 'parked',
  },
  'processes.stuck': {
    severity: 'warning',
    title: 'Processes are stuck',
    cure: 'Mend what the reason of each names, then retry it, send it an input by hand, or end it.',
    view: 'processes',
  },
  'timers.failed': {
    severity: 'warning',
    title: 'Timers could not append their events',
    cure: 'Mend what the error of each names, then move the timer, or cancel it.',
    view: 'timers',
  },
  'rebuild.waiting': {
    severity: 'warning',
    title: 'has a rebuild that makes no progress',
    cure: 'Start a process with the revision that the reason names, or cancel the rebuild.',
    view: 'rebuild',
  },
  'rebuild.held': {
    severity: 'warning',
    title: 'has a rebuild that waits for a decision',
    cure: 'Look at the comparison, then release or cancel the rebuild.',
    view: 'rebuild',
  },
  'replica.left-out': {
    severity: 'warning',
    title: 'answers no queries',
    cure: 'Look at that server and its replication: the primary answers in its place.',
    view: 'replica',
  },
  'intake.rejected': {
    severity: 'warning',
    title: 'Messages of others were rejected',
    cure: 'Mend their sender, then send them again with "eventfold intake rejected resend".',
    view: 'intake',
  },
};
