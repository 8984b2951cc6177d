import type { WorkflowSource } from '../workflow.ts';

const deny = { end: 'deny' } as const;
const document = { go: 'document_selfie' } as const;

/**
 * Whoever is known here comes back by a trusted device; everybody else by session risk, then the phone path; where the
 * carrier cannot confirm, the document; who cannot capture one may answer questions where the workflow offers them (SPEC 3).
 */
export const userOnboarding: WorkflowSource = {
  name: 'User onboarding',
  template: 'user_onboarding',
  entry: 'trusted_device',
  nodes: {
    trusted_device: {
      step: 'trusted_device',
      routes: { trusted: { end: 'approve' }, elevated: { go: 'known_phone' }, high: { go: 'session_risk' }, unknown: { go: 'session_risk' }, blocked: deny },
    },
    // A link to the phone that was matched when the person was verified; where it cannot be reached, they are verified anew.
    known_phone: {
      step: 'sms_link',
      routes: {
        confirmed: { end: 'approve' },
        opened_on_desktop: deny,
        wrong_number: deny,
        refused: deny,
        // Numbers are given up, and phones left at home: whoever is not denied is never locked out by being known.
        timed_out: { go: 'session_risk' },
        undeliverable: { go: 'session_risk' },
        broke: deny,
      },
    },
    session_risk: {
      step: 'session_risk',
      routes: { allow: { go: 'pii_validation' }, challenge: { go: 'pii_validation' }, known: { end: 'approve' }, deny },
    },
    pii_validation: {
      step: 'pii_validation',
      routes: {
        match: { go: 'sms_link' },
        no_match: document,
        phone_risk: document,
        unsupported_country: document,
        could_not_tell: document,
        timed_out: document,
        broke: document,
      },
    },
    sms_link: {
      step: 'sms_link',
      routes: {
        confirmed: { end: 'approve' },
        opened_on_desktop: deny,
        wrong_number: deny,
        refused: deny,
        timed_out: deny,
        undeliverable: document,
        broke: deny,
      },
    },
    document_selfie: {
      step: 'document_selfie',
      routes: {
        pass: { end: 'approve' },
        fail: deny,
        doubtful: deny,
        cannot_capture: { go: 'kba' },
        // Whoever keeps their face to themselves has the other way too.
        consent_declined: { go: 'kba' },
        refused: deny,
        could_not_tell: deny,
        timed_out: deny,
        broke: deny,
      },
    },
    kba: {
      step: 'kba',
      routes: {
        pass: { end: 'approve' },
        fail: deny,
        declined: deny,
        not_offered: deny,
        could_not_tell: deny,
        timed_out: deny,
        broke: deny,
      },
    },
  },
};
