/** A request that was refused or got no answer, in words for a person. */
export class Problem extends Error {
  override readonly name = 'Problem';

  /** @param status 0 when there was no answer */
  constructor(
    readonly status: number,
    readonly type: string,
    readonly title: string,
    readonly detail: string,
    readonly correlationId: string | null,
  ) {
    super(detail);
  }

  /** A service of an older version has no such route. A thing that is not found has a code of its own. */
  get isMissingRoute(): boolean {
    return this.status === 404 && this.type === 'not-found';
  }
}

/** Reads `application/problem+json`, and makes the best of any other answer, such as that of a proxy. */
export async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text().catch(() => '');
  const body = parsed(text);
  const title = textOf(body.title) ?? (response.statusText || `Answer ${response.status}`);
  return new Problem(
    response.status,
    textOf(body.type) ?? (response.status === 404 ? 'not-found' : 'unknown'),
    title,
    withErrors(textOf(body.detail) ?? 'The answer has no explanation.', body.errors),
    textOf(body.correlationId) ?? response.headers.get('x-correlation-id'),
  );
}

export const noAnswer = (): Problem =>
  new Problem(0, 'no-answer', 'No answer', 'The service cannot be reached from this browser.', null);

function parsed(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

function withErrors(detail: string, errors: unknown): string {
  if (!Array.isArray(errors)) return detail;
  const lines = errors.map(({ path, message }: { path?: string; message?: string }) => `${path}: ${message}`);
  return [detail, ...lines].join(' ');
}
