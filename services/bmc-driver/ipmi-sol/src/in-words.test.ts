import { isReason } from '@consolemesh/errors';
import { IPMI_ERRORS, IpmiError, type IpmiErrorCode } from '@consolemesh/ipmi';
import { describe, expect, it } from 'vitest';
import { inWords, meanings } from './in-words.ts';
import { ipmiNode } from './testing/ipmi-node.ts';

const told = (code: IpmiErrorCode, details = {}, node = ipmiNode()) =>
  inWords(new IpmiError(code, 'what happened', details), node) as {
    reason: string;
    message: string;
    metadata: Record<string, string>;
  };

describe('an error of the IPMI library', () => {
  it.each(Object.keys(IPMI_ERRORS) as IpmiErrorCode[])('%s says where, what and what to do', (code) => {
    const { reason, message } = told(code);
    expect(isReason(reason)).toBe(true);
    expect(message).toMatch(/^192\.0\.2\.7:623: what happened( \(.+\))?\.$/);
    expect(message).not.toContain('undefined)');
  });

  it('that nothing can be done about says no more', () => {
    expect(told('CLOSED').message).toBe('192.0.2.7:623: what happened.');
  });

  it('about a name or a route is told by the reason of the system', () => {
    const cause = Object.assign(new Error('x'), { code: 'ENOTFOUND' });
    expect(told('UNREACHABLE', { cause }).reason).toBe('BMC_NAME_NOT_FOUND');
    expect(told('UNREACHABLE').reason).toBe('BMC_UNREACHABLE');
  });

  it('about a password that was never given asks for one', () => {
    const node = { ...ipmiNode(), secrets: {} };
    expect(told('WRONG_PASSWORD', {}, node)).toMatchObject({
      reason: 'BMC_PASSWORD_REQUIRED',
      metadata: { field: 'driver_secrets.ipmi_password' },
    });
  });

  it('about all sessions says when to come again', () => {
    expect(told('NO_SESSION_LEFT').metadata.retry_after_ms).toBe('60000');
  });

  it('names an option that there is', () => {
    for (const { field } of Object.values(meanings)) {
      if (field) expect(field).toMatch(/^driver_(info|secrets)\.ipmi_[a-z_]+$/);
    }
  });

  it('leaves other errors alone', () => {
    const other = new TypeError('x');
    expect(inWords(other, ipmiNode())).toBe(other);
  });
});
