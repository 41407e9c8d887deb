// The words of the contracts' enums, written out: what is generated is large, and a help text must not wait for it. A test holds the
// lists to the enums.

/** ConsoleKind. */
export const consoleKinds = ['graphical', 'serial'] as const;
/** Route. */
export const routes = ['direct', 'relay'] as const;
/** ObservedState. */
export const observedStates = ['stopped', 'starting', 'ready', 'degraded', 'failed', 'stopping'] as const;
/** PowerAction. */
export const powerActions = ['on', 'off', 'soft-off', 'cycle', 'reset', 'nmi'] as const;
/** BootDevice. */
export const bootDevices = ['pxe', 'disk', 'cdrom', 'setup', 'none'] as const;
/** Levels of the logger. */
export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
