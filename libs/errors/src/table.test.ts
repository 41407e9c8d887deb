import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MeshError, violationsError } from './mesh-error.ts';
import { closeCode, type ErrorRow, errorRow, errorTable, GrpcCode, isReason, type Reason } from './table.ts';

const readme = new URL('../../../proto/README.md', import.meta.url);
const rows = Object.entries(errorTable) as [Reason, ErrorRow][];

describe('the error table', () => {
  it('stands in proto/README.md exactly as it is in the code', () => {
    const lines = rows.map(
      ([reason, row]) =>
        `| \`${reason}\` | ${row.grpc} | ${row.http} | ${row.recovery} | ${row.close ?? ''} | ${row.meaning} |`,
    );
    const table = [
      '| reason | gRPC | HTTP | recovery | close | meaning |',
      '|---|---|---|---|---|---|',
      ...lines,
    ].join('\n');
    const text = readFileSync(readme, 'utf8');
    const updated = text.replace(
      /<!-- errors -->[\s\S]*<!-- \/errors -->/,
      `<!-- errors -->\n${table}\n<!-- /errors -->`,
    );
    if (process.env.UPDATE_README === '1') writeFileSync(readme, updated);
    expect(text, 'run the tests with UPDATE_README=1').toBe(updated);
  });

  it('gives every end of a session a WebSocket close code of its own', () => {
    const codes = rows.flatMap(([, row]) => (row.close === undefined ? [] : [row.close]));
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes) expect(code).toBeGreaterThanOrEqual(4000);
    for (const code of codes) expect(code).toBeLessThan(5000);
  });

  it('ends every meaning as a sentence, since people read it', () => {
    for (const [reason, row] of rows) expect(row.meaning, reason).toMatch(/^[A-Z].*\.$/);
  });

  it('asks for a retry only with a status that gRPC clients may repeat', () => {
    for (const [reason, row] of rows) {
      if (row.grpc === 'INVALID_ARGUMENT') expect(row.recovery, reason).toBe('fix-request');
    }
  });

  it('knows its reasons and no other word', () => {
    expect(isReason('BMC_TIMEOUT')).toBe(true);
    expect(isReason('toString')).toBe(false);
    expect(closeCode('FIELD_INVALID')).toBe(closeCode('INTERNAL'));
    expect(GrpcCode[errorRow('NODE_NOT_FOUND').grpc]).toBe(5);
  });
});

describe('MeshError', () => {
  it('says what its row means when nothing better is said', () => {
    expect(new MeshError('NODE_NOT_FOUND').message).toBe(errorRow('NODE_NOT_FOUND').meaning);
  });

  it('reports every mistake of a request, and keeps the reason of a single one', () => {
    const one = { field: 'name', reason: 'FIELD_REQUIRED', message: 'is missing' } as const;
    const two = { field: 'labels', reason: 'FIELD_INVALID', message: 'too many' } as const;
    expect(violationsError([one])).toMatchObject({ reason: 'FIELD_REQUIRED', violations: [one] });
    expect(violationsError([one, two])).toMatchObject({
      reason: 'INVALID_ARGUMENT',
      message: 'name: is missing; labels: too many',
    });
  });
});
