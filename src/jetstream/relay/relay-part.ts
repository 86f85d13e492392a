import { resolveOptions } from '../../event-sourcing/for-service.js';
import type { ModulePart } from '../part.js';
import { LogArrival } from './log-arrival.js';
import { Relay } from './relay.js';
import { RelayLog } from './relay-log.js';
import { RELAY_OPTIONS, RELAY_RULES, type RelayOptions, type ResolvedRelayOptions } from './relay-options.js';

/** @throws InvalidOptionsError */
export function relayPart(given: RelayOptions, owner: string): ModulePart {
  const options = resolveOptions(given, RELAY_RULES, `${owner}, relay`) as ResolvedRelayOptions;
  const providers = [{ provide: RELAY_OPTIONS, useValue: options }, RelayLog, LogArrival, Relay];
  return { providers, runs: Relay };
}
