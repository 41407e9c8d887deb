import type { StageFactory, StageName } from '../stage.ts';
import { bootMenuStage } from './boot-menu.ts';
import { consoleStage } from './console.ts';
import { kernelStage } from './kernel.ts';
import { loaderStage } from './loader.ts';
import { networkStage } from './network.ts';
import { offStage } from './off.ts';
import { panicStage } from './panic.ts';
import { postStage } from './post.ts';
import { setupStage } from './setup.ts';
import { shutdownStage } from './shutdown.ts';

/** Every stage by its name; `stage.ts` draws how they follow each other. */
export const stages: Readonly<Record<StageName, StageFactory>> = {
  off: offStage,
  post: postStage,
  setup: setupStage,
  bootMenu: bootMenuStage,
  network: networkStage,
  loader: loaderStage,
  kernel: kernelStage,
  console: consoleStage,
  panic: panicStage,
  shutdown: shutdownStage,
};
