import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A database that several conductors share; it goes with its folder when it is disposed. */
export async function createSharedDatabase(): Promise<AsyncDisposable & { readonly url: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'consolemesh-conductor-'));
  return {
    url: `sqlite:${join(folder, 'conductor.sqlite')}`,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
