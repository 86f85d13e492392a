/** The start cannot go on, for a reason that one line tells. */
export class StartRefused extends Error {}
