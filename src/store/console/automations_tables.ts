/** Automation: which rules ran for which journey, and the notices that they left. */
export interface AutomationTables {
  automation_run: {
    journey_id: string;
    rule: string;
    /** Of the notice, for addresses. */
    id: string;
    workflow_id: string;
    mode: 'test' | 'live';
    /** As the decision was written. */
    verdict: string;
    at: number;
    /** The case that it opened or tagged. */
    case_id: string | null;
    notify: boolean;
    dismissed_at: number | null;
  };
}
