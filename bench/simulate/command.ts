/** A command in the form in which it is sent. */
export interface Command {
  method: 'POST' | 'PUT';
  path: string;
  body: object;
}
