/** Filled by the workflows area. */
export interface WorkflowDraftTables {}
