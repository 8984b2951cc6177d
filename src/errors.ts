/**
 * A failure with two sentences: a plain one for the visitor and a full one for the operator.
 *
 * Codes are stable and machine-readable (`snake_case`); the prose is free to improve. Expected outcomes (a mismatch,
 * a refusal) are values, not errors; this class is for bad requests, bugs and broken machinery.
 */
export class GatehouseError extends Error {
  override readonly name = 'GatehouseError';
  readonly code: string;
  /** HTTP status that a front door answers with. */
  readonly status: number;
  /** Key of the sentence shown to the visitor (`errors.<key>` in the message catalogues). */
  readonly visitor: string;

  /**
   * @param code stable code, e.g. `csrf_mismatch`
   * @param status HTTP status
   * @param operator the full story, for the log; never personal data or secrets
   */
  constructor(code: string, status: number, operator: string, options: { cause?: unknown; visitor?: string } = {}) {
    super(operator, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = status;
    this.visitor = options.visitor ?? code;
  }

  /** The status under the name that the OIDC library looks for, which would answer 500 otherwise. */
  get statusCode(): number {
    return this.status;
  }
}

/** Narrow an unknown thrown value to a GatehouseError; anything else is `internal_error` (500) with its cause kept. */
export function asGatehouseError(thrown: unknown): GatehouseError {
  if (thrown instanceof GatehouseError) return thrown;
  return new GatehouseError('internal_error', 500, 'unexpected failure', { cause: thrown });
}
