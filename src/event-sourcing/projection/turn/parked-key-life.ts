/**
 * The state of a key. `free`: its events are handled as they come. `parked`: its events wait for an operator.
 * `retrying`: its events wait for the next attempt, which comes without an operator. `trying`: a process works on its
 * first event, under a lease.
 */
export type KeyState = 'free' | 'parked' | 'retrying' | 'trying';

export type ParkedKeyState = Exclude<KeyState, 'free'>;

/**
 * `failed`: an event failed, and is retried. `given up`: an event failed, and no retry is declared, or its time is
 * over. `taken`: a process began an attempt. `handled`: no event waits any more. `left`: the process that tried is
 * gone, and its lease is over.
 */
export type KeyEvent = 'failed' | 'given up' | 'taken' | 'handled' | 'left';

type Transitions = Readonly<Partial<Record<KeyEvent, readonly KeyState[]>>>;

/** The life of a key. After `left`, the key is what it was before it was taken. */
export const KEY_LIFE: Readonly<Record<KeyState, Transitions>> = {
  free: { failed: ['retrying'], 'given up': ['parked'] },
  parked: { taken: ['trying'], handled: ['free'], failed: ['retrying'], 'given up': ['parked'] },
  retrying: { taken: ['trying'], handled: ['free'], failed: ['retrying'], 'given up': ['parked'] },
  trying: {
    handled: ['free'],
    failed: ['retrying'],
    'given up': ['parked'],
    left: ['parked', 'retrying'],
    taken: ['trying'],
  },
};

/** The state of a parked key, in SQL. It is derived, and no column has it. */
export const stateOfKey = (row: string): string =>
  `case when ${row}.lease_until > clock_timestamp() then 'trying'
        when ${row}.retry_at is not null then 'retrying' else 'parked' end`;
