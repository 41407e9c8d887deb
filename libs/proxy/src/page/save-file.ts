import { element } from './dom.ts';

/** Offers something for download under a name that sorts: `rack4-7-20261120-140305.png`. */
export function saveFile(content: Blob, node: string | undefined, ending: string, now = new Date()): void {
  const address = URL.createObjectURL(content);
  const link = element('a', { href: address, download: fileName(node, ending, now) });
  document.body.append(link);
  link.click();
  link.remove();
  // The browser has its own hold on the data once the download began.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Name of a file; only letters, digits, dot, dash and underscore of the node's name are kept. */
export function fileName(node: string | undefined, ending: string, now: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  const name = (node ?? 'console').replaceAll(/[^\w.-]+/g, '_');
  return `${name}-${day}-${time}.${ending}`;
}
