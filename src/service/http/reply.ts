import type { Problem } from '../../api/problem/error-to-problem.js';
import { CORRELATION_HEADER } from '../../api/request/correlation.js';

/** The part of Fastify's reply that is used here. */
export interface Reply {
  status(code: number): Reply;
  header(name: string, value: string): Reply;
  send(...payload: any[]): unknown;
}

/** Answers a request that never reaches Nest's filters. */
export function sendProblem(reply: Reply, problem: Problem): void {
  void reply
    .status(problem.status)
    .header('Content-Type', 'application/problem+json; charset=utf-8')
    .header(CORRELATION_HEADER, problem.correlationId)
    .send(JSON.stringify(problem));
}
