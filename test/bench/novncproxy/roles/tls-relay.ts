import { readFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { createServer } from 'node:tls';
import { serveCommands } from '../serve-commands.ts';

// A holder that carries bytes by TLS itself instead of gRPC: what Attach is compared with.
let target = 0;
let server: ReturnType<typeof createServer>;

serveCommands({
  start({ files, machine }: { files: { certificate: string; key: string }; machine: number }) {
    target = machine;
    server = createServer({
      cert: readFileSync(files.certificate),
      key: readFileSync(files.key),
      noDelay: true,
    });
    server.on('secureConnection', (near) => {
      const far = connect({ host: '127.0.0.1', port: target, noDelay: true });
      near.pipe(far);
      far.pipe(near);
      for (const end of [near, far]) end.on('error', () => end.destroy());
      near.on('close', () => far.destroy());
      far.on('close', () => near.destroy());
    });
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    });
  },
});
