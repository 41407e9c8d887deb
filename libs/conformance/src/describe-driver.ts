import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Case, defaultTimeoutMs, requirementsOf, Skipped } from './case.ts';
import { driverCases } from './driver/driver-cases.ts';
import { createDriverEnv, type DriverSubject } from './driver/environment.ts';
import { createProviderEnv, type ProviderSubject } from './provider/environment.ts';
import { providerCases } from './provider/provider-cases.ts';
import { runCase } from './run-case.ts';

/**
 * Cases that do not apply to a plugin, by the reason that they give: beginnings of their titles, each of exactly one case. Said
 * beforehand they are no tests of their own; one test sees to it that each of them still does not apply, and why.
 */
export type DoesNotApply = Readonly<Record<string, readonly string[]>>;

/** Tries a driver out in vitest; the factory's subject serves all cases. What does not apply and was not said beforehand is skipped with its reason. */
export function describeDriver(
  name: string,
  factory: () => Promise<DriverSubject & AsyncDisposable>,
  doesNotApply: DoesNotApply = {},
): void {
  describe(`${name} keeps driver/v1/SPEC.md`, () =>
    each({ cases: driverCases, factory, makeEnv: createDriverEnv, doesNotApply }));
}

/** The same for a provider. */
export function describeProvider(
  name: string,
  factory: () => Promise<ProviderSubject & AsyncDisposable>,
  doesNotApply: DoesNotApply = {},
): void {
  describe(`${name} keeps provider/v1/SPEC.md`, () =>
    each({ cases: providerCases, factory, makeEnv: createProviderEnv, doesNotApply }));
}

interface Suite<Subject, Env extends AsyncDisposable> {
  readonly cases: readonly Case<Env>[];
  readonly factory: () => Promise<Subject & AsyncDisposable>;
  readonly makeEnv: (subject: Subject) => Promise<Env>;
  readonly doesNotApply: DoesNotApply;
}

function each<Subject, Env extends AsyncDisposable>(suite: Suite<Subject, Env>): void {
  const { cases, factory, makeEnv } = suite;
  const left = leftOut(cases, suite.doesNotApply);
  let subject: Subject & AsyncDisposable;
  beforeAll(async () => {
    subject = await factory();
  });
  afterAll(() => subject[Symbol.asyncDispose]());
  for (const one of cases) {
    if (left.has(one)) continue;
    it(one.title, { timeout: timeoutOf(one) }, async (context) => {
      const skipped = await reasonToSkip(one, () => makeEnv(subject));
      if (skipped !== undefined) context.skip(skipped);
    });
  }
  if (left.size === 0) return;
  const timeout = [...left.keys()].reduce((sum, one) => sum + timeoutOf(one), 0);
  it(`does not have to show ${[...left.keys()].map(nameOf).join(', ')}`, { timeout }, async () => {
    const found: [string, string | undefined][] = [];
    for (const one of left.keys()) found.push([one.title, await reasonToSkip(one, () => makeEnv(subject))]);
    expect(found).toEqual([...left].map(([one, reason]) => [one.title, reason]));
  });
}

/** Runs a case; answers why it does not apply, or nothing when it did and went well. */
async function reasonToSkip<Env extends AsyncDisposable>(
  one: Case<Env>,
  makeEnv: () => Promise<Env>,
): Promise<string | undefined> {
  try {
    await runCase(one, makeEnv);
    return undefined;
  } catch (error) {
    if (!(error instanceof Skipped)) throw error;
    return error.message;
  }
}

/** The cases that were said not to apply, with the reason of each. */
function leftOut<Env>(cases: readonly Case<Env>[], doesNotApply: DoesNotApply): Map<Case<Env>, string> {
  const left = new Map<Case<Env>, string>();
  for (const [reason, beginnings] of Object.entries(doesNotApply)) {
    for (const beginning of beginnings) {
      const found = cases.filter(({ title }) => new RegExp(`^${beginning}\\b`).test(title));
      if (found.length !== 1)
        throw new Error(`${found.length} cases begin with "${beginning}"; name exactly one`);
      left.set(found[0]!, reason);
    }
  }
  return left;
}

const nameOf = ({ title }: { readonly title: string }) => requirementsOf(title).join(', ');
const timeoutOf = ({ timeoutMs = defaultTimeoutMs }: { readonly timeoutMs?: number }) => timeoutMs + 10_000;
