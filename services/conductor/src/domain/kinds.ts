/** Which of a node's two consoles. */
export type ConsoleKind = 'graphical' | 'serial';
export const consoleKinds: readonly ConsoleKind[] = ['graphical', 'serial'];

/** How a console's stream can be offered. */
export type EndpointKind = 'tcp' | 'relay' | 'container';

/** How proxies reach consoles: `auto` prefers a direct connection and accepts a relay. */
export type Route = 'auto' | 'direct' | 'relay';

/** What the bearer of a token may do. */
export type Role = 'control' | 'view';
