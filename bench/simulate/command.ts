/** A command as it goes over the wire. */
export interface Command {
  method: 'POST' | 'PUT';
  path: string;
  body: object;
}
