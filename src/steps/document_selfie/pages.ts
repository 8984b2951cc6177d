/** What the document step's pages show, and the fields of their forms. Times are epoch milliseconds. */
import type { DocumentType, HeadTurn } from '../../documents/facts.ts';
import type { DeviceKeyModel } from '../device_key.ts';

/** A captured picture that was not taken, or a finding that a new picture can mend; each is a message key `capture.problem.<code>`. */
export type CaptureProblem =
  | 'blurred' | 'glare' | 'too_dark' | 'too_bright' | 'too_small'
  | 'unreadable' | 'no_document' | 'no_portrait' | 'wrong_side'
  | 'no_face' | 'several_faces' | 'not_turned' | 'face_too_small' | 'not_same_face' | 'too_slow'
  | 'image_format' | 'image_heic' | 'image_damaged' | 'image_too_many_bytes' | 'image_too_many_pixels' | 'image_too_small' | 'image_empty'
  | 'yaml_refused' | 'busy' | 'missing';

export interface DocumentPageModels {
  /** Desktop. Forms: `action` = `sms` | `here` | `cannot`. */
  readonly document_handover: {
    /** The address in the code; `present` draws it. */
    readonly url: string;
    readonly expiresAt: number;
    /** Two digits to choose on the phone; undefined where number transfer is off. */
    readonly number?: string | undefined;
    /** Undefined where no text message can be sent. */
    readonly sms?: {
      readonly phoneEnding: string;
      readonly sendsLeft: number;
      readonly canResendAt: number;
      readonly status: 'none' | 'sending' | 'sent' | 'delivered' | 'unknown' | 'failed';
    } | undefined;
    /** Whether knowledge questions follow for those who cannot capture. */
    readonly otherWay: boolean;
  };
  /** Desktop, after a phone took over. Forms: `action` = `other_phone` | `cannot`. */
  readonly document_following: { readonly stage: 'consent' | 'document' | 'selfie' | 'reading'; readonly otherWay: boolean };
  /** Phone, by the hand-over link. Forms: `number`, or `confirm=yes` without number transfer; `refuse`. */
  readonly capture_claim: {
    readonly startedAt: number;
    readonly choices: readonly string[];
  };
  /**
   * Forms: `action` = `agree` | `decline`; `consentHash`; `device_key`, `collector`. Text and hash are added by `present`,
   * in the page's language. With a device-key field where a phone took the capture over.
   */
  readonly capture_consent: { readonly otherWay: boolean } & Partial<DeviceKeyModel>;
  /** Forms: `country`, `type`; `action` = `cannot` stops. */
  readonly capture_choose: {
    /** ISO 3166-1 alpha-2, those accepted. */
    readonly countries: readonly string[];
    readonly country: string;
    readonly types: readonly DocumentType[];
    /** A second document is asked for; of another type than this one. */
    readonly second: boolean;
    readonly otherWay: boolean;
  };
  /** Multipart: `picture` (one file). Forms: `action` = `choose` (another document) | `cannot`. */
  readonly capture_side: {
    readonly slot: 'front' | 'back';
    readonly type: DocumentType;
    readonly country: string;
    readonly second: boolean;
    readonly attemptsLeft: number;
    /** Why the last picture was not taken. */
    readonly problem?: CaptureProblem | undefined;
    readonly uploads: boolean;
    readonly otherWay: boolean;
  };
  /**
   * The challenge. Before it is begun `turn` is undefined: form `action` = `begin` (field `method` = `live` | `photo`).
   * Then multipart: `nonce`, and `frame` files (live: 3 to 6 of at most 1 MiB; photo: 1). Also `action` = `cannot`.
   */
  readonly capture_selfie: {
    readonly turn?: HeadTurn | undefined;
    readonly nonce?: string | undefined;
    readonly method?: 'live' | 'photo' | undefined;
    /** 1 to `of`. */
    readonly step: number;
    readonly of: number;
    readonly endsAt?: number | undefined;
    readonly attemptsLeft: number;
    readonly problem?: CaptureProblem | undefined;
    /** Whether single photographs are accepted where there is no live camera. */
    readonly photos: boolean;
    readonly otherWay: boolean;
  };
  /** To the vendor's pages, or waiting for its word. Forms: `action` = `check` | `cannot`. */
  readonly capture_vendor: { readonly url: string; readonly vendor: string; readonly waiting: boolean; readonly otherWay: boolean };
}
