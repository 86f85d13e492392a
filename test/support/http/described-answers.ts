import { readFileSync } from 'node:fs';
import type { Answer } from './api.js';
import { ApiDescription, type OpenApiDocument } from './api-description.js';

/** The document that the global setup has written. */
export function writtenDocument(): OpenApiDocument {
  return JSON.parse(readFileSync(process.env.EVENTFOLD_OPENAPI!, 'utf8')) as OpenApiDocument;
}

let description: ApiDescription | undefined;
const faults: string[] = [];

/**
 * Checks an answer against the OpenAPI document. A fault is noted, not thrown: a test that waits would try again after
 * any error, and a test that expects a failure would take the fault for it. At its end, the test that made the request
 * fails.
 */
export function noteFaults(method: string, path: string, answer: Answer): void {
  description ??= new ApiDescription(writtenDocument());
  const found = description.faultsOf(method, path, answer);
  if (found.length === 0) return;
  const body = JSON.stringify(answer.body)?.slice(0, 500);
  faults.push(`${method} ${path} answered ${answer.status}: ${found.join('; ')}\n  ${body}`);
}

/** @throws Error with all faults since the last call */
export function failOnFaults(): void {
  const found = faults.splice(0);
  if (found.length > 0) throw new Error(`Not as the OpenAPI document has it:\n${found.join('\n')}`);
}
