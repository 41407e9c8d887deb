/**
 * A call's generator whose first step runs by `run` and is told to `over`; all others pass as they are, so that a stream costs nothing once it
 * stands. The first step of a unary call is all of it.
 */
export function firstStep<T>(
  call: AsyncGenerator<T, T | void, undefined>,
  run: (step: () => Promise<IteratorResult<T, T | void>>) => Promise<IteratorResult<T, T | void>>,
  over: (failure?: { readonly error: unknown }) => void,
): AsyncGenerator<T, T | void, undefined> {
  let first = true;
  const generator: AsyncGenerator<T, T | void, undefined> = {
    next() {
      if (!first) return call.next();
      first = false;
      return run(() => call.next()).then(
        (result) => {
          over();
          return result;
        },
        (error: unknown) => {
          over({ error });
          throw error;
        },
      );
    },
    return(value) {
      if (first) over();
      first = false;
      return call.return(value);
    },
    throw(error) {
      if (first) over({ error });
      first = false;
      return call.throw(error);
    },
    [Symbol.asyncIterator]: () => generator,
    async [Symbol.asyncDispose]() {
      await generator.return(undefined);
    },
  };
  return generator;
}
