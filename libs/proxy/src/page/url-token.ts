/** What a console's URL says. The token is a secret: it is used once and never shown. */
export interface PageUrl {
  /** The token, when the URL carries one. */
  readonly token: string | undefined;
  /** Name or UUID of the node, for the words shown before the server has answered. */
  readonly node: string | undefined;
  /** Options under the names that noVNC's own pages use. */
  readonly options: UrlOptions;
  /** The same URL without any secret, for the address bar. */
  readonly cleanUrl: string;
}

/** noVNC's URL options that mean something here; absent means "as the operator prefers". */
export interface UrlOptions {
  readonly autoconnect?: boolean;
  readonly viewOnly?: boolean;
  readonly scaling?: 'fit' | 'actual' | 'remote';
  readonly reconnect?: boolean;
  readonly shared?: boolean;
  readonly showDot?: boolean;
  readonly quality?: number;
  readonly compression?: number;
  readonly bell?: boolean;
}

/** Longest token that is believed, characters: a longer one is a damaged link. */
const longestToken = 4096;

/** Parameters that carry, or may carry, a secret. */
const secretParameters = ['token', 'path', 'password'];

/**
 * Reads the address of the page: `#token=…&node=…` (ours), `?path=websockify%3Ftoken%3D…` (noVNC's pages as Ironic and Nova use
 * them, query or fragment) and `?token=…`. The fragment wins over the query, as in noVNC.
 *
 * @param href the address, absolute
 */
export function readPageUrl(href: string): PageUrl {
  const url = new URL(href);
  const query = url.searchParams;
  const fragment = new URLSearchParams(url.hash.slice(1));
  const read = (name: string) => fragment.get(name) ?? query.get(name) ?? undefined;
  const inPath = parametersOfPath(read('path'));
  const token = read('token') ?? inPath.get('token') ?? undefined;

  for (const name of secretParameters) {
    query.delete(name);
    fragment.delete(name);
  }
  const kept = fragment.toString();
  url.hash = kept;
  // An emptied hash leaves a bare '#', an emptied query a bare '?'.
  const cleanUrl = url.href.replace(/#$/, '').replace(/\?(?=#|$)/, '');
  return {
    token: token && token.length <= longestToken ? token : undefined,
    node: read('node') ?? inPath.get('node') ?? undefined,
    options: readOptions(read),
    cleanUrl,
  };
}

/** noVNC's `path` is a relative URL whose query names node and token; both `websockify?token=` and `?token=` are in use. */
function parametersOfPath(path: string | undefined): URLSearchParams {
  const question = path?.indexOf('?') ?? -1;
  return new URLSearchParams(question < 0 ? '' : path?.slice(question + 1));
}

function readOptions(read: (name: string) => string | undefined): UrlOptions {
  const scaling = readScaling(read('resize'), readFlag(read('scale')));
  const entries: [keyof UrlOptions, unknown][] = [
    ['autoconnect', readFlag(read('autoconnect'))],
    ['viewOnly', readFlag(read('view_only'))],
    ['scaling', scaling],
    ['reconnect', readFlag(read('reconnect'))],
    ['shared', readFlag(read('shared'))],
    ['showDot', readFlag(read('show_dot'))],
    ['quality', readLevel(read('quality'))],
    ['compression', readLevel(read('compression'))],
    ['bell', readFlag(read('bell'))],
  ];
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function readScaling(resize: string | undefined, scale: boolean | undefined): UrlOptions['scaling'] {
  if (resize === 'scale') return 'fit';
  if (resize === 'off') return 'actual';
  if (resize === 'remote') return 'remote';
  if (scale === undefined) return undefined;
  return scale ? 'fit' : 'actual';
}

function readFlag(value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined;
  const word = value.toLowerCase();
  if (['', '1', 'true', 'yes', 'on'].includes(word)) return true;
  if (['0', 'false', 'no', 'off'].includes(word)) return false;
  return undefined;
}

function readLevel(value: string | undefined): number | undefined {
  return value !== undefined && /^[0-9]$/.test(value) ? Number(value) : undefined;
}
