import { Option } from 'commander';
import { readInteger } from '../arguments.ts';
import { mostListed } from '../pages.ts';
import { consoleKinds } from './choices.ts';

/** `--kind`, graphical unless told. */
export function kindOption(): Option {
  return new Option('-k, --kind <kind>', 'which console').choices(consoleKinds).default('graphical');
}

/** `--limit` of lists. */
export function limitOption(): Option {
  return new Option('--limit <n>', 'print at most so many')
    .argParser(readInteger(1, mostListed))
    .default(mostListed);
}
