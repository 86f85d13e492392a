import { StartRefused } from '../config/start-refused.js';

/** The reason why the start ends at the database, with the place and without the password. */
export function unusableDatabase(url: string, cause: unknown, besides = ''): StartRefused {
  const { pathname, username } = new URL(url);
  const place = `${hostOf(url)}, database "${pathname.slice(1)}", user "${username}"`;
  return new StartRefused(
    `the database at DATABASE_URL (${place}) cannot be used: ${reasonOf(cause)}${besides}`,
    { cause },
  );
}

export function hostOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port || 5432}`;
}

/** For a name with several addresses, Node's error has only a code. */
export function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return message || (code ?? String(error));
}
