import { ConsoleKind } from '@consolemesh/contracts/types';
import { Option } from 'commander';
import { readInteger } from '../arguments.ts';
import { wordsOf } from '../output/words.ts';
import { mostListed } from '../pages.ts';

/** `--kind`, graphical unless told. */
export function kindOption(): Option {
  return new Option('-k, --kind <kind>', 'which console').choices(wordsOf(ConsoleKind)).default('graphical');
}

/** `--limit` of lists. */
export function limitOption(): Option {
  return new Option('--limit <n>', 'print at most so many')
    .argParser(readInteger(1, mostListed))
    .default(mostListed);
}
