import { beforeEach, describe, expect, it } from '@jest/globals';
import { type ArgumentsHost, Logger, NotFoundException } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { NotCaughtUpError } from '../../event-sourcing/index.js';
import { ProblemFilter } from './problem.filter.js';

/** The arguments that the HTTP adapter got. */
interface Sent {
  headers: Record<string, string>;
  body?: any;
  status?: number;
}

describe('the problem filter', () => {
  const logged: string[] = [];

  beforeEach(() => {
    logged.length = 0;
    const note = (level: string) => (message: unknown) => void logged.push(`${level}: ${String(message)}`);
    Logger.overrideLogger({ log: note('log'), warn: note('warn'), error: note('error') });
  });

  function answerTo(
    error: unknown,
    headers: Record<string, string> = {},
    { headersSent = false, raw = undefined as object | undefined } = {},
  ): Sent {
    const sent: Sent = { headers: {} };
    const httpAdapter = {
      isHeadersSent: () => headersSent,
      setHeader: (_response: unknown, name: string, value: string) => (sent.headers[name] = value),
      reply: (_response: unknown, body: string, status: number) =>
        Object.assign(sent, { body: JSON.parse(body), status }),
    };
    const host = { switchToHttp: () => ({ getRequest: () => ({ headers, raw }), getResponse: () => ({}) }) };
    new ProblemFilter({ httpAdapter } as unknown as HttpAdapterHost).catch(error, host as ArgumentsHost);
    return sent;
  }

  it('answers with problem details and the correlation id of the request', () => {
    const sent = answerTo(new NotFoundException('Cannot GET /nowhere'), { 'x-correlation-id': 'mine' });
    expect(sent).toEqual({
      status: 404,
      headers: { 'Content-Type': 'application/problem+json; charset=utf-8', 'X-Correlation-Id': 'mine' },
      body: expect.objectContaining({ status: 404, type: 'not-found', correlationId: 'mine' }),
    });
    expect(logged).toEqual([]);
  });

  it('makes up an id when that of the request cannot be used, and answers the error nevertheless', () => {
    const { headers, body, status } = answerTo(new NotFoundException(), { 'x-correlation-id': 'not\nmine' });
    expect(status).toBe(404);
    expect(headers['X-Correlation-Id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(body.correlationId).toBe(headers['X-Correlation-Id']);
  });

  it('asks to come back after a second when something is unavailable, and warns', () => {
    const { headers, status } = answerTo(new NotCaughtUpError('user-profile', 2, 1));
    expect(status).toBe(503);
    expect(headers['Retry-After']).toBe('1');
    expect(logged).toEqual([expect.stringMatching(/^warn: not-caught-up/)]);
  });

  it('logs a defect with its correlation id, and tells the client nothing but the id', () => {
    const { body } = answerTo(new TypeError('x is not a function'), { 'x-correlation-id': 'mine' });
    expect(JSON.stringify(body)).not.toContain('x is not a function');
    expect(logged).toEqual(['error: internal-error (correlation id mine): TypeError: x is not a function']);
  });

  it('does not take a client who hangs up in the middle of a body for a lost database', () => {
    const reset = Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    expect(answerTo(reset, {}, { raw: { destroyed: true, complete: false } }).status).toBe(400);
    expect(logged).toEqual([]);
    expect(answerTo(reset, {}, { raw: { destroyed: true, complete: true } }).status).toBe(503);
  });

  it('does not answer a second time', () => {
    expect(answerTo(new NotFoundException(), {}, { headersSent: true })).toEqual({ headers: {} });
  });
});
