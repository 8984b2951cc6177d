import type { Actor } from '../admin/actor.ts';
import type { AuditLog } from '../admin/audit/audit.ts';
import { exported } from '../admin/audit/routes.ts';
import { GatehouseError } from '../errors.ts';

/** What the command says; `broken` where the chain is. */
export async function auditLines(audit: AuditLog, actor: Actor, what: string | undefined, head: string | undefined): Promise<{ readonly lines: readonly string[]; readonly broken: boolean }> {
  if (what === 'export') {
    const lines: string[] = [];
    for await (const line of await exported(audit, actor, {})) lines.push(String(line).trimEnd());
    return { lines, broken: false };
  }
  if (what !== 'verify') throw new GatehouseError('usage', 400, 'usage: audit verify [--head SEQ:CODE], or audit export');
  const written = head === undefined ? undefined : /^(\d{1,15}):([\w-]+)$/.exec(head);
  if (written === null) throw new GatehouseError('usage', 400, '--head is a line as verify prints it: a number, a colon and a code');
  const found = await audit.verify(written && { seq: Number(written[1]), code: written[2] as string });
  if (found.kind === 'broken') return { lines: [`the audit log is broken at entry ${found.seq}: ${found.why}`], broken: true };
  return { lines: [`the audit log is whole: ${found.entries} entries`, `head ${found.headSeq}:${found.headCode}`], broken: false };
}
