/** `live`: the rows that queries see. `rebuild`: rows that are folded beside them, from the first event on. */
export type Build = 'live' | 'rebuild';
