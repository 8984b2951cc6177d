import { sql, type Kysely } from 'kysely';

/**
 * Drafts of workflows, one per workflow, and who made and deployed each version. `deployed_by` is null for what was
 * deployed before this was kept.
 */
const STATEMENTS = [
  `ALTER TABLE workflow ADD COLUMN deployed_by text`,
  `ALTER TABLE workflow ADD COLUMN deployed_name text`,
  `ALTER TABLE workflow ADD COLUMN deployed_at bigint`,
  `ALTER TABLE workflow_version ADD COLUMN created_by text`,
  `ALTER TABLE workflow_version ADD COLUMN created_name text`,
  `ALTER TABLE workflow_version ADD COLUMN note text`,
  `CREATE TABLE workflow_draft (
    workflow_id text PRIMARY KEY REFERENCES workflow (id) ON DELETE CASCADE,
    definition jsonb NOT NULL,
    base_version integer,
    revision integer NOT NULL,
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    changed_by text NOT NULL,
    changed_name text NOT NULL
  )`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
