/** The pages of Debian's noVNC: installed, or unpacked by `npm test`; undefined when they are nowhere. */
export function novncFolder(): string | undefined;

/** TightVNC's viewer: installed, or unpacked by `npm test`; undefined when it is nowhere. */
export function tightVncViewer(): string | undefined;

/** OpenSSH's server: installed, or unpacked by `npm test`; undefined when it is nowhere. */
export function sshServer(): string | undefined;

/** The library that gives a process another clock; undefined when there is none. */
export function libfaketime(): string | undefined;

/** Python of Debian, the one that sees Debian's packages, whatever else is first on the PATH. */
export const debianPython: string;

/**
 * The folder (for PYTHONPATH) with a `dracclient/` that has the answers of real iDRACs in `dracclient/tests/wsman_mocks/`;
 * undefined when there is none. Its imports (lxml, requests) are there for `debianPython`.
 */
export function dracclientFolder(): string | undefined;
