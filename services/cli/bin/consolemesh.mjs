#!/usr/bin/env node
// The command line. Runs the TypeScript as it is; nothing is built.
import { checkNode } from './ensure-installed.mjs';

try {
  checkNode(process.versions.node);
  const { register } = await import('tsx/esm/api');
  register();
} catch (error) {
  const missing = error?.code === 'ERR_MODULE_NOT_FOUND';
  process.stderr.write(
    `consolemesh: ${missing ? 'its dependencies are not installed; run npm ci, or npm start' : error.message}\n`,
  );
  process.exit(1);
}
await import('../src/main.ts');
