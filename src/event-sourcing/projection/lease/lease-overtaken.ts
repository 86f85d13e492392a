/** The lease is another process's now, since this one could not extend it in time: the event is handled there. */
export class LeaseOvertaken extends Error {
  constructor(position: number) {
    super(
      `The lease for the event at position ${position} was taken over by another process, which handles the event as ` +
        'well. Give the reaction a longer "lease" when its process stands still for so long.',
    );
  }
}
