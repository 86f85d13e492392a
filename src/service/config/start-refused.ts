/** The start cannot go on. The message is the reason, in one line. */
export class StartRefused extends Error {}
