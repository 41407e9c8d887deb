import type { Command } from 'commander';
import type { Run } from '../action.ts';

export function addCompletionCommand(_program: Command, _run: Run): void {}
