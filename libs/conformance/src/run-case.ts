import { type Case, defaultTimeoutMs } from './case.ts';

/** Runs one case in an environment of its own, which is cleaned up whatever happens. */
export async function runCase<Env extends AsyncDisposable>(
  one: Case<Env>,
  makeEnv: () => Promise<Env>,
): Promise<void> {
  await using env = await makeEnv();
  const limit = one.timeoutMs ?? defaultTimeoutMs;
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`did not finish within ${limit} ms`)), limit);
  });
  try {
    await Promise.race([one.run(env), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
