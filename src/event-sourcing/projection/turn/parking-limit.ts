/** More keys would be parked than `maxParkedKeys`: the fault is not in single events any more. */
export class TooManyParked extends Error {
  constructor(
    readonly parked: number,
    override readonly cause: string,
  ) {
    super(`${parked} keys are parked, and no more may be (maxParkedKeys). The next failure: ${cause}`);
  }
}

/**
 * The projection stops instead of parking one more key.
 *
 * @param limit the option `turns.maxParkedKeys`
 * @param cause the failure for which another key would be parked
 * @throws TooManyParked
 */
export function requireRoomToPark(parked: number, limit: number, cause: string): void {
  if (parked >= limit) throw new TooManyParked(parked, cause);
}
