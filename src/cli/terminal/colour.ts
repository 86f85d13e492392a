import { styleText } from 'node:util';

/** Colours are for a terminal: in a pipe, and where NO_COLOR is set, the text stays as it is. */
export function colour(style: Parameters<typeof styleText>[0], text: string): string {
  return styleText(style, text, { stream: process.stdout });
}
