/** A row of an error table. */
export interface SpecErrorRow {
  readonly condition: string;
  readonly reason: string;
  readonly grpc: string;
  /** The first word of the Recovery column. */
  readonly recovery: string;
}

/** What a SPEC.md says, as far as a program can read it. */
export interface Spec {
  /** Numbers of the requirements, in their order. */
  readonly requirements: readonly string[];
  /** Those that the document itself names as not to be tested from outside. */
  readonly untestable: readonly string[];
  readonly errors: readonly SpecErrorRow[];
}

/** Reads lines `- **DRV-KEY-1** …`, `- DRV-KEY-9: …` and rows of tables with four columns whose second is a reason. */
export function readSpec(text: string): Spec {
  const lines = text.split('\n');
  const matches = (pattern: RegExp) => lines.flatMap((line) => pattern.exec(line)?.slice(1) ?? []);
  return {
    requirements: matches(/^- \*\*((?:[A-Z]+-)+\d+)\*\* /),
    untestable: matches(/^- ((?:[A-Z]+-)+\d+): /),
    errors: lines.flatMap((line) => {
      const [, condition, reason, grpc, recovery] =
        /^\| (.+) \| ([A-Z_]+) \| ([A-Z_]+) \| ([a-z-]+): .+ \|$/.exec(line) ?? [];
      return condition && reason && grpc && recovery ? [{ condition, reason, grpc, recovery }] : [];
    }),
  };
}
