/**
 * Whether a snapshot is due: when a multiple of `every` (the option `snapshots.every`, 100) lies between the version
 * from which a state was folded on and its own. So a command writes one at each multiple, and a load does when it had
 * to fold as many events.
 */
export const isSnapshotDue = (every: number, since: number, version: number): boolean =>
  Math.floor(version / every) > Math.floor(since / every);
