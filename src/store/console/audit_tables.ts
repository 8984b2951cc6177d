export interface AuditTables {
  audit_entry: {
    seq: number;
    at: number;
    actor_kind: string;
    actor_id: string;
    action: string;
    target_kind: string;
    target_id: string;
    outcome: 'done' | 'refused';
    /** What the code covers, as JSON text: `jsonb` would not give it back letter by letter. */
    entry: string;
    code: string;
  };
  audit_head: { id: string; seq: number; code: string };
}
