import { type Condition, type ConditionType, conditionTypes } from './console.ts';

/** Sets one condition, in the order of a start; `since` moves only when the status does. */
export function setCondition(
  conditions: readonly Condition[],
  change: Omit<Condition, 'since'>,
  now: number,
): readonly Condition[] {
  const before = conditions.find(({ type }) => type === change.type);
  const since = before?.status === change.status ? before.since : now;
  return conditionTypes.flatMap((type) =>
    type === change.type ? [{ ...change, since }] : conditions.filter((condition) => condition.type === type),
  );
}

/** A condition that holds. */
export function holds(type: ConditionType, reason: string, message = ''): Omit<Condition, 'since'> {
  return { type, status: true, reason, message };
}

/** A condition that does not hold. */
export function failsBecause(type: ConditionType, reason: string, message: string): Omit<Condition, 'since'> {
  return { type, status: false, reason, message };
}
