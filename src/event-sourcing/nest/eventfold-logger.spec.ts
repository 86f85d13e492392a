import { describe, expect, it } from '@jest/globals';
import { MessageContext } from '../event/message-context.js';
import { EventfoldLogger } from './eventfold-logger.js';

/** Makes the text of a line, and writes nothing. */
class Silent extends EventfoldLogger {
  textOf = (message: unknown) => this.stringifyMessage(message, 'log');
}

describe('the logger', () => {
  const logger = new Silent({ colors: false });
  const message = { correlationId: 'request-7', causationId: 'request-7' };

  it('ends a line for people with the correlation id of the message', () => {
    expect(new MessageContext().run(message, () => logger.textOf('Lent.'))).toBe('Lent. (request-7)');
  });

  it('leaves a line outside of any message as it is', () => {
    expect(logger.textOf('Lent.')).toBe('Lent.');
  });
});
