/** One thing that a contract asks for, tried out against a running plugin. */
export interface Case<Env> {
  /** Begins with the numbers of the requirements that it covers: `DRV-KEY-1 …` or `DRV-KEY-1, DRV-KEY-2 …`. */
  readonly title: string;
  /** Longest duration, ms; 20,000 when absent. */
  readonly timeoutMs?: number;
  /** Rejects when the plugin does not do what it should; throws `Skipped` when it does not have to. */
  run(env: Env): Promise<void>;
}

/** Thrown by a case that does not apply: the plugin does not advertise what it is about, or the subject cannot show it. */
export class Skipped extends Error {
  override readonly name = 'Skipped';
}

/** Ends a case unless the condition holds. */
export function applies(condition: unknown, otherwise: string): asserts condition {
  if (!condition) throw new Skipped(otherwise);
}

/** Numbers of requirements at the beginning of a title. */
export function requirementsOf(title: string): string[] {
  return [...(/^((?:[A-Z]+-)+\d+(?:, )?)+/.exec(title)?.[0].matchAll(/(?:[A-Z]+-)+\d+/g) ?? [])].map(
    ([id]) => id,
  );
}

/** How many times an idempotent call is repeated. */
export const repetitions = 3;

/** Longest duration of a case that does not say otherwise, ms. */
export const defaultTimeoutMs = 20_000;
