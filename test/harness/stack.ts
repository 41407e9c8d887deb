/** Things to be disposed together, the last first. */
export interface Stack extends AsyncDisposable {
  use<T extends AsyncDisposable | Disposable>(one: T): T;
  defer(end: () => unknown): void;
}

/** An empty stack; Node 20 has no AsyncDisposableStack. */
export function createStack(): Stack {
  const ends: (() => unknown)[] = [];
  return {
    use(one) {
      ends.push(() => (Symbol.asyncDispose in one ? one[Symbol.asyncDispose]() : one[Symbol.dispose]()));
      return one;
    },
    defer: (end) => void ends.push(end),
    async [Symbol.asyncDispose]() {
      const errors: unknown[] = [];
      for (let end = ends.pop(); end; end = ends.pop()) {
        try {
          await end();
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors);
    },
  };
}
