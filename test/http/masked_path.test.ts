import { describe, expect, it } from 'vitest';
import { maskedPath } from '../../src/http/masked_path.ts';

describe('paths in the log', () => {
  it.each([
    ['/l/HeViNYCjBUMRd0BEs2vJIA', '/l/:token'],
    ['/interaction/abcDEF', '/interaction/:uid'],
    ['/interaction/abcDEF/more-time', '/interaction/:uid/more-time'],
    ['/interaction/abcDEF/leave', '/interaction/:uid/leave'],
    ['/capture', '/capture'],
    ['/capture/state', '/capture/state'],
    ['/capture/landing', '/capture/landing'],
    ['/hooks/documents/somebody', '/hooks/documents/:vendor'],
    ['/documents/Zk3xVendorSession01', '/documents/:session'],
    ['/my/devices', '/my/devices'],
    ['/my/devices/closed', '/my/devices/closed'],
    ['/my/devices/all/remove', '/my/devices/all/remove'],
    ['/my/devices/passkey/aGhh5bGd2hJk4mn8pQrStV/report', '/my/devices/passkey/:ref/report'],
    [`/my/devices/${'aB3-_'.repeat(8)}xyz`, '/my/devices/:ticket'],
    ['/authorize/abcDEF', '/authorize/:uid'],
    ['/authorize', '/authorize'],
    ['/.well-known/openid-configuration', '/.well-known/openid-configuration'],
    ['/', '/'],
  ])('writes %s as %s', (path, masked) => {
    expect(maskedPath(path)).toBe(masked);
  });

  it.each(['/l/a/+14075550123', '/interaction/x/Andrew%20Roshell', '/+14075550123', '/tokens', '/my/devices/Andrew', '/my/account', '/hooks/sms/somebody', '/capture/HeViNYCjBUMRd0BEs2vJIA'])('never writes %s', (path) => {
    expect(maskedPath(path)).toBe('(unknown)');
  });
});
