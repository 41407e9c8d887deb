import { everyBoundary } from './every-boundary.ts';

everyBoundary('relay');
