/**
 * `npm run policy` shows the versions of risk policies. `npm run policy -- draft WORKFLOW FILE.json` keeps a new one,
 * `shadow` and `activate` (each WORKFLOW VERSION) give it a standing, `retire` goes back to what the workflow itself says,
 * and `replay WORKFLOW VERSION|FILE.json [--days N]` prints what it would have changed. Running gateways notice within
 * seconds. On the embedded database stop the gateway first: it can be open only once.
 */
import { readFile } from 'node:fs/promises';
import { sessionEvidenceOf } from '../steps/session_risk/session_evidence.ts';
import { journeyStore } from '../store/journeys.ts';
import { riskDecisions } from '../store/risk_decisions.ts';
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
    addressOf: async (journeyId) => {
      opened ??= vault();
      const keys = await opened;
      const journeys = journeyStore(db, keys, (dimension, value) => Buffer.from(keys.keyedHash(`velocity:${dimension}`, value), 'base64url'));
      const loaded = await journeys.byId(journeyId);
      return loaded && sessionEvidenceOf(loaded.evidence)?.address;
    },
    read: (path) => readFile(path, 'utf8'),
    now: Date.now,
  });
});
