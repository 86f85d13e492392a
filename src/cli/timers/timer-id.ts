import { canonicalUuid } from '../../event-sourcing/for-service.js';
import { WrongUsage } from '../command-failure.js';

/** The id of a timer in the stored spelling. @throws WrongUsage */
export function timerId(text: string): string {
  const id = canonicalUuid(text);
  if (id === undefined) throw new WrongUsage(`<id> is "${text}": it must be a UUID`);
  return id;
}
