/**
 * `npm run gatehouse -- apply FILE [--dry-run] [--yes]`: workflows and clients as reviewed configuration. Prints what
 * differs, and deploys all of it or nothing. Running gateways use it at once. On the embedded database stop the gateway
 * first: it can be open only once.
 */
import { readFile } from 'node:fs/promises';
import { commandActor } from '../admin/actor.ts';
import { keyDesk } from '../store/console/keys.ts';
import { workflowDraftStore } from '../store/console/workflows.ts';
import { applyWanted } from '../store/console/workflows_apply.ts';
import { applyCommand } from './apply_lines.ts';
import { onDatabase } from './opened.ts';

await onDatabase(async ({ db, vault }) => {
  const auditing = { db, vault: await vault(), now: Date.now };
  return applyCommand(process.argv.slice(2), {
    workflows: workflowDraftStore(auditing),
    keys: keyDesk(auditing),
    apply: (actor, wanted) => applyWanted(auditing, actor, wanted),
    actor: commandActor('apply'),
    read: (path) => readFile(path, 'utf8'),
  });
});
