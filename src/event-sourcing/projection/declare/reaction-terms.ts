import type { InjectionToken, Type } from '@nestjs/common';
import { RunningTurn } from '../../log/append/running-turn.js';
import { injectedDependencies } from '../../nest/injected-dependencies.js';
import { durationMs } from '../../options/duration.js';
import { InvalidOptionsError } from '../../options/resolve-options.js';
import type { ReactionOptions, ReactionRetry } from './reaction.decorator.js';

const LEASE_MS = 15_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 3_600_000;

/** How a reaction works, in ms. */
export interface ReactionTerms {
  /** The length of its lease; undefined when it works in a transaction. */
  readonly leaseMs?: number | undefined;
  /** Undefined when only operators retry. */
  readonly retry?: RetryTerms | undefined;
}

export interface RetryTerms {
  readonly forMs: number;
  readonly firstMs: number;
  readonly longestMs: number;
}

/** @throws InvalidOptionsError when a reaction that holds its transaction declares a lease */
export function termsOf(
  metatype: Type<object>,
  { holds, lease, retry }: Pick<ReactionOptions, 'holds' | 'lease' | 'retry'>,
): ReactionTerms {
  const isLeased = holds === undefined ? lease !== undefined || !injectsTurn(metatype) : holds === 'lease';
  if (!isLeased && lease !== undefined) {
    throw new InvalidOptionsError([
      `@Reaction of ${metatype.name}: lease is '${lease}': it must be left out with holds "transaction".`,
    ]);
  }
  return {
    ...(isLeased && { leaseMs: durationMs(lease) ?? LEASE_MS }),
    ...(retry !== undefined && { retry: retryTerms(retry) }),
  };
}

const retryTerms = ({ for: length, first, longest }: ReactionRetry): RetryTerms => ({
  forMs: durationMs(length)!,
  firstMs: durationMs(first) ?? FIRST_PAUSE_MS,
  longestMs: durationMs(longest) ?? LONGEST_PAUSE_MS,
});

/** Whether Nest gives the class the current turn: then it may write through the transaction of the turn. */
function injectsTurn(metatype: Type<object>): boolean {
  const { parameters, properties } = injectedDependencies(metatype);
  return [...parameters, ...properties].some(({ token }) => isTurn(token));
}

const isTurn = (token: InjectionToken): boolean =>
  typeof token === 'function' && token.prototype instanceof RunningTurn;
