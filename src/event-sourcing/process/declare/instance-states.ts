/** The life of one process, the instance of a process manager for a key. */
export type InstanceState = 'running' | 'ended';

/** What happens to it. `new` is the state of a key that has no process yet. */
export const INSTANCE_LIFE = {
  new: { stepped: 'running', ended: 'ended' },
  running: { stepped: 'running', ended: 'ended' },
  ended: { stepped: 'ended', ended: 'ended' },
} as const satisfies Record<'new' | InstanceState, Record<'stepped' | 'ended', InstanceState>>;

/** A process as it is between two steps. */
export interface Instance {
  /** The number of its last step. */
  readonly step: number;
  readonly state: object;
  readonly life: InstanceState;
  /** Its waiting timers: their ids, by name. */
  readonly waiting: Readonly<Record<string, string>>;
}
