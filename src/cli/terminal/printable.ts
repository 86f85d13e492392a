/** Control characters, and those that change how their neighbours are shown: direction, joining, line ends. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Text that others wrote, safe on a terminal: what could move the cursor, colour, or reorder the line is shown as
 * `\u001b`. That is also how JSON writes it, and outside its strings compact JSON has none, so JSON stays the same
 * JSON.
 */
export function printable(text: string): string {
  return text.replace(INVISIBLE, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
