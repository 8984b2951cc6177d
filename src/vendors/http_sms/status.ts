import type { StatusReader } from '../status.ts';
import type { HttpSmsConfig } from './config.ts';
import { readReport } from './reply.ts';
import { checkSignature } from './signature.ts';

/** Reads delivery reports: JSON `{id, status, code?}`, signed like our own requests, at most five minutes old. */
export function httpSmsStatusReader(config: HttpSmsConfig): StatusReader {
  return ({ headers, body, now }) => {
    const checked = checkSignature(config.secret.open(), headers, body, now);
    if (checked !== 'good') return { kind: 'refused', code: checked };
    const report = readReport(body);
    return report === undefined ? { kind: 'refused', code: 'malformed' } : { kind: 'report', report };
  };
}
