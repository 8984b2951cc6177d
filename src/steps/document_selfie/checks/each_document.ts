/** Rules that look at one document, made rules that look at all of them. Pure. */
import type { DocumentType, Reading } from '../../../documents/facts.ts';
import type { CaptureSlot } from '../../../journey/document_checks.ts';
import type { DocumentOptions } from '../../../journey/document_options.ts';
import type { CapturedDocument, JudgedFacts } from '../facts.ts';
import { dataOf } from './document_data.ts';
import type { DataRule } from './data_rules.ts';
import { unknown, worst, type Rule, type Verdict } from './verdict.ts';

/** @param index from 0: the first document is the one that identifies */
export type DocumentRule = (document: CapturedDocument, index: number, options: DocumentOptions) => Verdict;

/** The worst of all documents; one that the workflow asks for and that is not there is unknown. */
export function ofEach(rule: DocumentRule): Rule {
  return (facts, options) => worstOf(facts, options, (document, index) => rule(document, index, options));
}

/** The same for a rule on what the document says. */
export function ofData(rule: DataRule): Rule {
  return (facts, options) => worstOf(facts, options, (document) => {
    const data = dataOf(document);
    const { type, country } = document;
    return data === undefined ? unknown('not_read') : rule(data, { ...facts, chosen: { type, country } }, options);
  });
}

function worstOf({ documents }: JudgedFacts, { dual }: DocumentOptions, judged: (document: CapturedDocument, index: number) => Verdict): Verdict {
  const verdicts = documents.map((document, index) => {
    const verdict = judged(document, index);
    return documents.length === 1 ? verdict : { ...verdict, detail: { ...verdict.detail, document: index + 1 } };
  });
  const missing = Array.from({ length: Math.max(0, (dual ? 2 : 1) - verdicts.length) }, () => unknown('document_missing'));
  const [first = unknown('document_missing'), ...others] = [...verdicts, ...missing];
  const mends = verdicts.flatMap((verdict) => verdict.mends ?? []);
  return { ...worst(first, ...others), ...(mends.length > 0 ? { mends } : {}) };
}

/** The side that carries machine-readable data: a passport has but one. */
export function dataSlot(type: DocumentType): Exclude<CaptureSlot, 'selfie'> {
  return type === 'passport' ? 'front' : 'back';
}

/** Why a side of the sandbox's outcome file holds no reading: nobody looked at a picture. The engine never says so. */
export const SIMULATED = 'simulated';

/** Reasons under which no engine looked: its state, or an outcome file in place of a picture. */
const NOT_LOOKED_AT: ReadonlySet<string> = new Set(['unavailable', 'starting', 'self_test_failed', 'not_enabled', 'not_installed', 'crashed', SIMULATED]);

/** Whether a better picture might be read: false where it was read, and where no engine looked. */
export function worthAnother(reading: Reading<unknown>): boolean {
  return reading.kind === 'unread' && !NOT_LOOKED_AT.has(reading.why);
}
