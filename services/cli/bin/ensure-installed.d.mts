/** Folder of the whole project. */
export const projectRoot: string;
/** See ensure-installed.mjs. */
export function ensureInstalled(options?: {
  root?: string;
  say?: (line: string) => void;
  run?: (args: string[], root: string) => Promise<number>;
}): Promise<void>;
/** Throws when the version (`20.19.1`) is too old. */
export function checkNode(version: string): void;
