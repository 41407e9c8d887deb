import type { SecurityType } from '../security-types.ts';
import type { SecurityMethod } from './method.ts';
import { none } from './none.ts';
import { plain } from './plain.ts';
import { vnc } from './vnc.ts';

export const METHODS: Readonly<Record<SecurityType['inner'], SecurityMethod>> = { none, vnc, plain };
