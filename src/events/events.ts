/**
 * The written-down vocabulary of a journey's timeline, in three layers (SPEC 9). Names are stable; reasons and details
 * are codes and numbers, never personal data.
 */
export type PhaseName =
  | 'journey'
  | 'deviceTrust'
  | 'sessionRisk'
  | 'phoneBasedIdentityAffirmation'
  | 'phoneNumberRiskEvaluation'
  | 'possessionLink'
  | 'documentVerification'
  | 'knowledgeQuestions';

export type BlockName =
  | 'deviceProof'
  | 'fingerprint'
  | 'passkey'
  | 'simChange'
  | 'deviceBinding'
  | 'sessionRisk'
  | 'carrierMatch'
  | 'identityDatabaseMatch'
  | 'phoneBasedIdentityAffirmation'
  | 'phoneNumberRiskEvaluation'
  | 'messageDelivery'
  | 'possessionLink'
  | 'captureHandover'
  | 'documentCapture'
  | 'documentRead'
  | 'documentChecks'
  | 'liveness'
  | 'faceComparison'
  | 'documentVendor'
  | 'knowledgeQuestions'
  | 'listCheck';

export type LabelName =
  | 'device_trust'
  | 'device_binding'
  | 'passkey'
  | 'identity_prefill'
  | 'session_risk'
  | 'proofing_data_input'
  | 'phone_based_identity_affirmation'
  | 'phone_risk_evaluation'
  | 'possession_link'
  | 'message_delivery'
  | 'capture_handover'
  | 'biometric_consent'
  | 'document_capture'
  | 'selfie_capture'
  | 'document_verification'
  | 'knowledge_questions_consent'
  | 'knowledge_questions'
  | 'identity_proofing'
  | 'account_binding'
  | 'journey_expiry'
  | 'human_review'
  | 'automation_rule';

type Details = Readonly<Record<string, string | number | boolean | null>>;

/** One row of the timeline, before it gets its journey, number and time. */
export type JourneyEvent =
  | { readonly layer: 'label'; readonly name: LabelName; readonly outcome: 'success' | 'failure'; readonly reason?: string; readonly details?: Details }
  | { readonly layer: 'phase'; readonly name: PhaseName; readonly outcome: 'start' | 'next' | 'exit'; readonly reason?: string; readonly details?: Details }
  | { readonly layer: 'block'; readonly name: BlockName; readonly outcome: 'success' | 'fail'; readonly reason?: string; readonly details?: Details };
