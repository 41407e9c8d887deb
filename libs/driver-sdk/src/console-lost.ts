import { MeshError } from '@consolemesh/errors';

/**
 * A started console is not there any more: somebody switched it off, or its server is beyond hope. Thrown by a driver's `check`, it lets
 * the console be shown STOPPED with this reason, and the conductor has it started again; any other error shows it DEGRADED.
 */
export class ConsoleLost extends MeshError {}
