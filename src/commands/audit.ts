/**
 * `npm run audit -- verify [--head SEQ:CODE]` walks the chain of the audit log; exit code 1 where it is broken.
 * `npm run audit -- export` prints it as JSON lines. With the gateway stopped, or on `DATABASE_URL`.
 */
import { parseArgs } from 'node:util';
import { commandActor } from '../admin/actor.ts';
import { GatehouseError } from '../errors.ts';
import { auditLog } from '../store/console/audit.ts';
import { auditLines } from './audit_lines.ts';
import { onDatabase } from './opened.ts';

await onDatabase(async ({ db, vault }) => {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { head: { type: 'string' } } });
  const said = await auditLines(auditLog({ db, vault: await vault(), now: Date.now }), commandActor('audit'), positionals[0], values.head);
  if (said.broken) throw new GatehouseError('audit_broken', 500, said.lines.join('\n'));
  return said.lines;
});
