import type { Command } from 'commander';
import type { Run } from '../action.ts';

export function addUpCommand(_program: Command, _run: Run): void {}
