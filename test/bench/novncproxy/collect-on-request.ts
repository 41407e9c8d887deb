import { serveCommands } from './serve-commands.ts';

// Loaded in front of a proxy under test, so that its memory can be read without garbage. Needs --expose-gc.
serveCommands({
  collect() {
    for (let i = 0; i < 3; i++) globalThis.gc?.();
    return process.memoryUsage();
  },
});
