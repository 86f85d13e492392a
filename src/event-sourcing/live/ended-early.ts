/**
 * An iterator that can be ended from outside while a call of `next` waits. A generator alone would keep its `return`
 * waiting until the next value comes, which may be never.
 *
 * @param values gets the signal that ends it; it must then return soon
 * @param signals each of them ends it as well
 */
export function endedEarly<Value>(
  values: (signal: AbortSignal) => AsyncGenerator<Value>,
  signals: readonly AbortSignal[] = [],
): AsyncIterableIterator<Value> {
  const controller = new AbortController();
  const end = () => controller.abort();
  const cleanUp = () => signals.forEach((signal) => signal.removeEventListener('abort', end));
  for (const signal of signals) signal.addEventListener('abort', end);
  if (signals.some(({ aborted }) => aborted)) end();
  const generator = values(controller.signal);
  const told = async (result: Promise<IteratorResult<Value>>) => {
    try {
      const { done, value } = await result;
      if (done) cleanUp();
      return { done, value } as IteratorResult<Value>;
    } catch (error) {
      cleanUp();
      throw error;
    }
  };
  return {
    next: () => told(generator.next()),
    return: () => {
      end();
      return told(generator.return(undefined));
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
