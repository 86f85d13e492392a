/** How long a figure waits for the database, in ms: others must be answered also while the database is away. */
const PATIENCE_MS = 2_000;

/** Undefined when the database does not answer in time. */
export async function soon<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  const timeout = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE_MS, undefined).unref());
  return Promise.race([answer, timeout]).catch(() => undefined);
}
