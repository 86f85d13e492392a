import type { DomainEvent } from '../../event/domain-event.js';
import type { ProcessDefinition } from '../declare/process-definition.js';
import { ProcessInputError } from './process-errors.js';

type Input = Pick<DomainEvent, 'type' | 'data'>;

/**
 * Requires an input by hand to be about the process that it is sent to: otherwise one process steps, and its commands
 * are about another.
 *
 * @throws ProcessInputError
 */
export function requireKey(definition: ProcessDefinition, key: string, input: Input): void {
  const found = keyIn(definition, input);
  if (found === key) return;
  throw new ProcessInputError(
    `The data is about the process "${found}" of ${definition.name}: it cannot be sent to "${key}".`,
  );
}

function keyIn(definition: ProcessDefinition, input: Input): string {
  try {
    return definition.requireKey(input);
  } catch (error) {
    throw new ProcessInputError((error as Error).message, { cause: error });
  }
}
