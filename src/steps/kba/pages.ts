/** What the pages of knowledge questions show, by page name. */
export interface KbaPageModels {
  /**
   * Consent to ask a third party about the person. The page adds the text and its hash, in the language it is shown in.
   * Form: `consentHash`; `action` = `agree` | `decline`.
   */
  readonly kba_consent: {
    /** Declining leads to another step, not to an end. */
    readonly otherWay: boolean;
  };
  /** Form: `q_<question id>` = choice id; `action` = `answer` | `decline`. */
  readonly kba_questions: {
    readonly questions: readonly { readonly id: string; readonly text: string; readonly choices: readonly { readonly id: string; readonly text: string }[] }[];
    /** Epoch milliseconds. */
    readonly endsAt: number;
    readonly round: number;
    readonly rounds: number;
  };
}
