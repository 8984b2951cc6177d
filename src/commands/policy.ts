/**
 * `npm run policy` shows the versions of risk policies. `npm run policy -- draft WORKFLOW FILE.json` keeps a new one,
 * `shadow` and `activate` (each WORKFLOW VERSION) give it a standing, `retire` goes back to what the workflow itself says,
 * and `replay WORKFLOW VERSION|FILE.json [--days N]` prints what it would have changed. Running gateways notice within
 * seconds. On the embedded database stop the gateway first: it can be open only once.
 */
import { readFile } from 'node:fs/promises';
import { riskDecisions, sessionAddresses } from '../store/risk_decisions.ts';
import { riskPolicyStore } from '../store/risk_policies.ts';
import { workflowStore } from '../store/workflows.ts';
import type { Vault } from '../vault/vault.ts';
import { onDatabase } from './opened.ts';
import { policyCommand } from './policy_lines.ts';

await onDatabase(({ db, vault }) => {
  let opened: Promise<Vault> | undefined;
  return policyCommand(process.argv.slice(2), {
    policies: riskPolicyStore(db, Date.now),
    decisions: riskDecisions(db),
    workflows: workflowStore(db),
    addressesOf: async (journeyIds) => {
      opened ??= vault();
      return sessionAddresses(db, await opened, journeyIds);
    },
    read: (path) => readFile(path, 'utf8'),
    now: Date.now,
  });
});
