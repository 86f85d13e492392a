import { resolveOptions } from '../../event-sourcing/for-service.js';
import type { ModulePart } from '../part.js';
import { Intake } from './intake.js';
import {
  INTAKE_OPTIONS,
  INTAKE_RULES,
  type IntakeOptions,
  type ResolvedIntakeOptions,
} from './intake-options.js';

/** @throws InvalidOptionsError */
export function intakePart(given: IntakeOptions, owner: string): ModulePart {
  const options = resolveOptions(given, INTAKE_RULES, `${owner}, intake`) as ResolvedIntakeOptions;
  return { providers: [{ provide: INTAKE_OPTIONS, useValue: options }, Intake], runs: Intake };
}
