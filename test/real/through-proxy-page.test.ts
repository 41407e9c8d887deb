import { X509Certificate } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { selfSigned } from '@consolemesh/bytes/testing';
import { ObservedState } from '@consolemesh/contracts/conductor';
import type { Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import { colours, differentPixels, readCanvas, type Shown } from '../harness/canvas.ts';
import { launchChromium } from '../harness/chromium.ts';
import { startMesh } from '../harness/mesh.ts';
import { createUser } from '../harness/user.ts';
import { qemuBootMenu, startQemu } from '../harness/vnc-servers.ts';

// Several browser pages a test; on a busy machine each takes seconds.
vi.setConfig({ testTimeout: 60_000 });

const x509 = selfSigned();
const pin = new X509Certificate(x509.cert).fingerprint256;
const password = 'Kx4-zz9q';
const page = fileURLToPath(new URL('../../services/novncproxy/dist/page', import.meta.url));

/** How much of a picture is not its background. */
function ink(shown: Shown | undefined): number {
  return shown?.pixels.filter((pixel) => pixel !== 0).length ?? 0;
}

/** The picture once it holds text and, but for a cursor that blinks, stands still. */
async function comeToRest(tab: Page): Promise<Shown> {
  let last: Shown | undefined;
  const changed = async () => {
    const before = last;
    last = await readCanvas(tab);
    return ink(last) < 1_000 ? Number.POSITIVE_INFINITY : differentPixels(before, last);
  };
  await expect.poll(changed, { timeout: 20_000, interval: 300 }).toBeLessThan(100);
  return last!;
}

it('the BIOS of QEMU is seen in Chromium and opens its boot menu when asked by keyboard', async () => {
  await using mesh = await startMesh({ fakeDrivers: 0, providers: 0, proxy: { page } });
  const user = createUser(mesh);
  await using server = await startQemu({ password, x509, args: qemuBootMenu });
  await using browser = await launchChromium();
  await user.node('qemu', {
    driver: 'vnc',
    info: {
      vnc_address: '127.0.0.1',
      vnc_port: `${server.port}`,
      vnc_security: 'x509-vnc',
      vnc_pin: pin,
    },
    secrets: { vnc_password: password },
  });
  expect((await user.enable('qemu')).observed).toBe(ObservedState.READY);

  await using tab = await browser.newPage();
  await tab.page.goto((await user.link('qemu', { subject: 'alice' })).url);
  const rest = await comeToRest(tab.page);
  expect(colours(rest)).toBeGreaterThan(1);
  await tab.screenshot('qemu-bios');
  await tab.page.keyboard.press('Escape');
  await expect
    .poll(async () => ink(await readCanvas(tab.page)), { timeout: 10_000 })
    .toBeGreaterThan(ink(rest) + 1_000);
  await tab.screenshot('qemu-boot-menu');
  expect(tab.complaints).toEqual({ errors: [], policyViolations: [] });
});
