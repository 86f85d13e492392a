import { resolveOptions } from '../../event-sourcing/for-service.js';
import type { ModulePart } from '../part.js';
import { Relay } from './relay.js';
import { RELAY_OPTIONS, RELAY_RULES, type RelayOptions, type ResolvedRelayOptions } from './relay-options.js';

/** @throws InvalidOptionsError */
export function relayPart(given: RelayOptions, owner: string): ModulePart {
  const options = resolveOptions(given, RELAY_RULES, `${owner}, relay`) as ResolvedRelayOptions;
  return { providers: [{ provide: RELAY_OPTIONS, useValue: options }, Relay], runs: Relay };
}
