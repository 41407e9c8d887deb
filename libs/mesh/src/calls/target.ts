/** A gRPC target URI for a host and a port. */
export function targetOf(host: string, port: number): string {
  return `dns:///${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Host and port of a gRPC target URI (`dns:///h:p`, `ipv4:a:p`, `ipv6:[a]:p` or plain `h:p`); undefined for other schemes. */
export function parseTarget(target: string): { host: string; port: number } | undefined {
  const rest = target.replace(/^(dns:(\/\/[^/]*\/)?|ipv4:|ipv6:)/, '');
  const match = /^(?:\[([^\]]+)\]|([^:[\]/]+)):(\d{1,5})$/.exec(rest);
  if (!match) return undefined;
  const port = Number(match[3]);
  return port >= 1 && port <= 65_535 ? { host: (match[1] ?? match[2])!, port } : undefined;
}
