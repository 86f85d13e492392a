import { signal } from '@preact/signals';

/**
 * Whether the answers have personal values. The person has said why she looks, and that is recorded; a reload of the
 * page hides them again.
 */
export const isPersonalDataShown = signal(false);

/** The header by which the service hides them. */
export const personalDataHeader = (): Record<string, string> =>
  isPersonalDataShown.peek() ? {} : { 'Personal-Data': 'masked' };
