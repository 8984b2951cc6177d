/** A vendor's findings, joined with our own rules on the document that it read. Pure. */
import { CHECK_CODES, type CheckCode, type Finding } from '../../../journey/document_checks.ts';
import type { DocumentOptions } from '../../../journey/document_options.ts';
import type { DocumentVendorResult } from '../../../vendors/ports.ts';
import * as data from './data_rules.ts';
import { ofVendor, type DocumentData } from './document_data.ts';
import { modeOf } from './index.ts';
import { codeOr, fail, pass, unknown, worst, type Verdict } from './verdict.ts';

/** What a vendor says when it is done. */
export type VendorFinished = Extract<DocumentVendorResult, { readonly kind: 'finished' }>;

const DATA_RULES: Readonly<Partial<Record<CheckCode, data.DataRule>>> = {
  data_read: (read) => data.complete(read),
  type_accepted: data.typeAccepted,
  country_accepted: data.countryAccepted,
  not_expired: data.notExpired,
  old_enough: data.oldEnough,
  dates_plausible: data.datesPlausible,
  not_a_specimen: data.notASpecimen,
  name_matches_claim: data.nameMatchesClaim,
  birth_date_matches_claim: data.birthDateMatchesClaim,
};

interface VendorCircumstances extends data.Circumstances {
  /** How many other persons came with this document; absent where nobody looked. */
  readonly otherPersons?: number | undefined;
}

/** Of each check the worst of what the vendor says and of what our own rules make of its document. */
export function vendorFindings(result: VendorFinished, circumstances: VendorCircumstances, options: DocumentOptions): readonly Finding[] {
  const document = result.document?.open();
  const read = document === undefined ? undefined : ofVendor(document);
  return CHECK_CODES.filter((code) => modeOf(code, options) !== 'off').flatMap((code) => {
    const said = result.findings.filter((finding) => finding.code === code)
      .map(({ status, why }): Verdict => ({ status, ...(why === undefined ? {} : { why: codeOr(why, 'vendor') }) }));
    const [first, ...others] = [...said, ...ours(code, read, result, circumstances, options)];
    return first === undefined ? [] : [{ code, ...worst(first, ...others) }];
  });
}

function ours(
  code: CheckCode,
  read: DocumentData | undefined,
  { liveness }: VendorFinished,
  circumstances: VendorCircumstances,
  options: DocumentOptions,
): readonly Verdict[] {
  if (code === 'live_person') return [liveness === undefined ? unknown('not_run') : pass({ certified: liveness.certified })];
  // The vendor took the portrait for its own comparison; that there was one is in its word on the selfie.
  if (code === 'portrait_present') return [read === undefined ? unknown('not_read') : pass()];
  if (code === 'document_not_reused' && circumstances.otherPersons !== undefined) {
    return [circumstances.otherPersons > 0 ? fail('document_of_others', { others: circumstances.otherPersons }) : pass()];
  }
  const rule = DATA_RULES[code];
  if (!rule) return [];
  if (read === undefined) return [code === 'name_matches_claim' ? data.heldAgainst(circumstances.claimed, unknown('not_read')) : unknown('not_read')];
  // A second document that the workflow asks for is not in a vendor's answer.
  if (code === 'data_read' && options.dual) return [unknown('document_missing')];
  return [rule(read, circumstances, options)];
}
