import { afterAll, beforeAll, describe, it } from 'vitest';
import { type Case, defaultTimeoutMs, Skipped } from './case.ts';
import { driverCases } from './driver/driver-cases.ts';
import { createDriverEnv, type DriverSubject } from './driver/environment.ts';
import { createProviderEnv, type ProviderSubject } from './provider/environment.ts';
import { providerCases } from './provider/provider-cases.ts';
import { runCase } from './run-case.ts';

/** Tries a driver out in vitest; the factory's subject serves all cases. Cases that do not apply are skipped with their reason. */
export function describeDriver(name: string, factory: () => Promise<DriverSubject & AsyncDisposable>): void {
  describe(`${name} keeps driver/v1/SPEC.md`, () => each(driverCases, factory, createDriverEnv));
}

/** The same for a provider. */
export function describeProvider(
  name: string,
  factory: () => Promise<ProviderSubject & AsyncDisposable>,
): void {
  describe(`${name} keeps provider/v1/SPEC.md`, () => each(providerCases, factory, createProviderEnv));
}

function each<Subject, Env extends AsyncDisposable>(
  cases: readonly Case<Env>[],
  factory: () => Promise<Subject & AsyncDisposable>,
  makeEnv: (subject: Subject) => Promise<Env>,
): void {
  let subject: Subject & AsyncDisposable;
  beforeAll(async () => {
    subject = await factory();
  });
  afterAll(() => subject[Symbol.asyncDispose]());
  for (const one of cases) {
    it(one.title, { timeout: (one.timeoutMs ?? defaultTimeoutMs) + 10_000 }, async (context) => {
      try {
        await runCase(one, () => makeEnv(subject));
      } catch (error) {
        if (!(error instanceof Skipped)) throw error;
        context.skip(error.message);
      }
    });
  }
}
