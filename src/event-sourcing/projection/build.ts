/** `live`: the rows that queries see. `rebuild`: rows that are folded from the first event on, beside those. */
export type Build = 'live' | 'rebuild';
