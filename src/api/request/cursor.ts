import { InvalidRequest } from './invalid-request.error.js';

/**
 * The cursor of a list that is sorted by a value and an id: the last row of a page, with the parameters of the list. So
 * a cursor does not work on another list by mistake.
 */
export interface Cursor {
  list: string;
  value: string | number;
  id: string;
}

export function encodeCursor({ list, value, id }: Cursor): string {
  // As text, since JSON has no infinity.
  return Buffer.from(JSON.stringify([list, String(value), id])).toString('base64url');
}

/**
 * @param fits checks value and id: a cursor comes from a client, and goes into SQL
 * @throws InvalidRequest when it is not a cursor of this list
 */
export function decodeCursor(
  cursor: string,
  list: string,
  fits: { value: (text: string) => boolean; id: (text: string) => boolean },
): { value: string; id: string } {
  try {
    const [ofList, value, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const isWhole = ofList === list && typeof value === 'string' && typeof id === 'string';
    if (isWhole && fits.value(value) && fits.id(id)) return { value, id };
  } catch {
    // The text is not JSON. It is refused below, like any other text that is no cursor.
  }
  throw new InvalidRequest([
    { path: 'cursor', message: 'cursor must be the nextCursor of a page of this same list' },
  ]);
}
