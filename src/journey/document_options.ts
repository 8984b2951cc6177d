/** What a workflow's author chooses about documents, selfies and knowledge questions. */
import { z } from 'zod';
import { DOCUMENT_TYPES } from '../documents/facts.ts';
import { CHECK_CODES, CHECK_MODES, type CheckCode } from './document_checks.ts';

export const documentOptions = z.strictObject({
  types: z.array(z.enum(DOCUMENT_TYPES)).min(1).default([...DOCUMENT_TYPES]),
  /** Issuing countries, ISO 3166-1 alpha-2; empty: any. */
  countries: z.array(z.string().regex(/^[A-Z]{2}$/)).default([]),
  /** Years; 0 asks nothing. */
  minimumAge: z.number().int().min(0).max(120).default(0),
  /** Modes that replace those of the table of checks. */
  checks: z.partialRecord(z.enum(CHECK_CODES as [CheckCode, ...CheckCode[]]), z.enum(CHECK_MODES)).default({}),
  /** Pictures per side, and runs of the challenge, before the last failure stands. */
  attempts: z.number().int().min(1).max(10).default(3),
  /** A second document of another type. */
  dual: z.boolean().default(false),
  /** A file may be chosen in place of the live camera. */
  uploads: z.boolean().default(true),
  /** A selfie by three single photographs where there is no live camera: weaker, so never more than doubtful by itself. */
  photoSelfie: z.enum(['refuse', 'review']).default('review'),
  /** Face distance up to which it is the same person; up to `faceReview` it is a doubt. */
  faceMatch: z.number().min(0.3).max(0.55).default(0.55),
  faceReview: z.number().min(0.3).max(0.62).default(0.62),
  /** Look for the same face under another identity among this workflow's earlier people; keeps face templates. */
  findSameFace: z.boolean().default(false),
  /**
   * `own`: our pages and the engine in this gateway. `vendor`: the configured document vendor's hosted capture.
   * `own_then_vendor`: our pages and engine, and what they accept is sent to the vendor, who must accept it too.
   */
  capture: z.enum(['own', 'vendor', 'own_then_vendor']).default('own'),
  /** Life of one hand-over code or link, seconds; the code on the desktop is renewed before it ends. */
  handoverSeconds: z.number().int().min(60).max(1800).default(600),
  /** Offer the hand-over by text message. */
  handoverSms: z.boolean().default(true),
  /** The phone may end on a plain "return to your computer" page where no `asyncUIRedirect` is set. */
  returnPage: z.boolean().default(false),
  /** How long pictures are kept after the step's end: plainly passed or failed, and doubtful. Hours. */
  imageHours: z.number().int().min(0).max(720).default(0),
  reviewImageHours: z.number().int().min(1).max(720).default(24),
  /** Consent to biometrics, by locale, in place of the built-in text. `{app}` is replaced by the application's name. */
  consentTexts: z.record(z.string(), z.string().min(1)).default({}),
});
export type DocumentOptions = z.infer<typeof documentOptions>;

export const kbaOptions = z.strictObject({
  /** Off: the step ends at once as `not_offered`. */
  enabled: z.boolean().default(false),
  /** For one set of questions, seconds. */
  seconds: z.number().int().min(30).max(900).default(180),
  questions: z.number().int().min(4).max(5).default(5),
  /** Right answers that pass. */
  right: z.number().int().min(3).max(5).default(4),
  /** Sets of questions: the first, and one with new questions. */
  rounds: z.number().int().min(1).max(2).default(2),
  /** Consent to ask a source of questions about the person, by locale, in place of the built-in text. `{app}` is replaced by the application's name. */
  consentTexts: z.record(z.string(), z.string().min(1)).default({}),
});
export type KbaOptions = z.infer<typeof kbaOptions>;
