import { expect, it } from 'vitest';
import { sayings, understand } from './ipmitool-words.ts';

const noise = `Loading IANA PEN Registry...
Using best available cipher suite 17

Running Get VSO Capabilities my_addr 0x20, transit 0, target 0x20
Invalid completion code received: Invalid command
Discovered IPMB address 0x0
`;
const last = 'Error: Unable to establish IPMI v2 / RMCP+ session\n';

it('knows what the script says itself', () => {
  const error = understand('The session before is still being ended; try again.\r\n', 'bmc.example');
  expect(error).toMatchObject({ reason: 'BMC_BUSY', metadata: { retry_after_ms: '10000' } });
});

// Each as ipmitool 1.8.19 said it to a BMC that behaved so.
it.each([
  ['> RAKP 2 HMAC is invalid\n', 'BMC_AUTHENTICATION_FAILED', 'password'],
  ['RAKP 2 message indicates an error : unauthorized name\n', 'BMC_AUTHENTICATION_FAILED', 'ipmi_username'],
  [
    'RAKP 2 message indicates an error : unauthorized role requested\n',
    'BMC_AUTHENTICATION_FAILED',
    'ipmi_priv_level',
  ],
  ['> RAKP 4 message has invalid integrity check value\n', 'BMC_AUTHENTICATION_FAILED', 'ipmi_hex_kg_key'],
  [
    'Error in open session response message : invalid authentication algorithm\n\n',
    'BMC_SECURITY_UNSUPPORTED',
    'ipmi_cipher_suite',
  ],
  ['Error in open session response message : insufficient resources for session\n\n', 'BMC_BUSY', 'session'],
  [
    'Get Auth Capabilities error\nError issuing Get Channel Authentication Capabilities request\n',
    'BMC_TIMEOUT',
    'ipmi_address',
  ],
  [
    'Address lookup for nohost.invalid failed\nCould not open socket!\n',
    'BMC_NAME_NOT_FOUND',
    'ipmi_address',
  ],
  ['', 'BMC_TIMEOUT', 'session'],
])('%j means %s', (words, reason, names) => {
  const error = understand(noise + words + last, 'bmc-7:623');
  expect(error?.reason).toBe(reason);
  expect(error?.message).toContain(names);
  expect(error?.message).toMatch(/^bmc-7:623 .*\.$/);
});

it.each([
  ['Info: SOL payload already active on another session\n', 'BMC_BUSY'],
  ['Info: SOL payload disabled\n', 'BMC_CONSOLE_DISABLED'],
  ['Info: SOL payload activation limit reached\n', 'BMC_BUSY'],
  ['Info: cannot activate SOL payload with encryption\n', 'BMC_SECURITY_UNSUPPORTED'],
  ['Error activating SOL payload: Insufficient privilege level\n', 'BMC_CONSOLE_DISABLED'],
  ['Error activating SOL payload: Node busy\n', 'BMC_ERROR'],
  ['Error: BMC requests SOL session on different port\n', 'BMC_PROTOCOL_ERROR'],
  ['SOL session closed by BMC\n', 'UPSTREAM_CLOSED'],
  [
    'Error: No response to keepalive - Terminating session\nError: No response de-activating SOL payload\n',
    'UPSTREAM_LOST',
  ],
  ['Error sending SOL data: FAIL\nSOL session closed by BMC\n', 'UPSTREAM_LOST'],
])('%j, after a login, means %s', (words, reason) => {
  expect(understand(noise + words, 'x')?.reason).toBe(reason);
});

it('means nothing by what it says to a session that went well', () => {
  expect(understand(`${noise}tcsetattr: Input/output error\n`, 'x')).toBeUndefined();
});

it('asks for a time before the next try wherever somebody else has to leave first', () => {
  const busy = sayings.filter(({ reason }) => reason === 'BMC_BUSY');
  expect(busy.length).toBeGreaterThan(0);
  for (const { retryAfterMs } of busy) expect(retryAfterMs).toBeGreaterThan(0);
});
