import type { Command } from 'commander';
import type { Run } from '../action.ts';

export function addCertsCommands(_program: Command, _run: Run): void {}
