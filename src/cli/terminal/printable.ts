/** Control characters, and characters that change how their neighbours are shown: direction, joining, line ends. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * A text from outside, made safe for a terminal. Characters that could move the cursor, colour or reorder the line
 * become `\u001b`. JSON writes them in the same way, and compact JSON has them only in strings, so the JSON keeps its
 * meaning.
 */
export function printable(text: string): string {
  return text.replace(INVISIBLE, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
