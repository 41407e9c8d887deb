import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** One runner configuration for every tier; `test/README.md` says what each tier answers. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['{libs,services,test}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', 'test/bench/**', 'test/system/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // The default of one second would be an assertion on how busy the machine is.
    expect: { poll: { timeout: 10_000 } },
    retry: 0,
    passWithNoTests: false,
  },
});
