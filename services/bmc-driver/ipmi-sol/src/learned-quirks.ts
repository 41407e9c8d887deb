import { NO_QUIRKS, QUIRKS, type QuirkName, type SessionInfo } from '@consolemesh/ipmi';

/**
 * What `auto` has found out about BMCs, so that it is not found out again by a login that fails: some of those leave a session behind at the
 * BMC, which has few.
 */
export interface LearnedQuirks {
  of(where: string): readonly QuirkName[];
  learn(where: string, info: Pick<SessionInfo, 'quirks' | 'quirkNames' | 'attempts'>): void;
}

/** BMCs that are remembered. */
const most = 10_000;

/** Names that stand for one deviation each; of several that mean the same, the first. */
const simple = (Object.keys(QUIRKS) as QuirkName[]).filter(
  (name) => Object.keys(QUIRKS[name].quirks).length === 1,
);

export function createLearnedQuirks(): LearnedQuirks {
  const learned = new Map<string, readonly QuirkName[]>();
  return {
    of: (where) => learned.get(where) ?? [],
    learn(where, { quirks, quirkNames, attempts }) {
      if (attempts === 1) return;
      const unasked = simple.filter((name) => !quirkNames.includes(name));
      const names = unasked.filter((name) =>
        Object.entries(QUIRKS[name].quirks).every(([key, value]) => {
          const known = key as keyof typeof quirks;
          return quirks[known] === value && NO_QUIRKS[known] !== value;
        }),
      );
      if (names.length === 0) return;
      learned.delete(where);
      if (learned.size >= most) learned.delete(learned.keys().next().value!);
      learned.set(where, names);
    },
  };
}
