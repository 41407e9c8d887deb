#!/usr/bin/env node
// Runs the TypeScript as it is; nothing is built.
const { register } = await import('tsx/esm/api');
register();
const { runCli } = await import('../src/cli.ts');
process.exit(await runCli(process.argv.slice(2), (line) => process.stdout.write(line)));
