import { fileURLToPath } from 'node:url';
import { defineConfig, mergeConfig } from 'vitest/config';
import common from '../vitest.config.ts';

/** Suites on docker-compose.yml: one stack for all of them, and so one after the other. */
const config = mergeConfig(
  common,
  defineConfig({
    test: {
      globalSetup: fileURLToPath(new URL('./start-project.ts', import.meta.url)),
      fileParallelism: false,
    },
  }),
);
config.test.include = ['test/system/**/*.test.ts'];
config.test.exclude = ['**/node_modules/**'];
export default config;
