/** What was claimed beside what was shown: the answer to a reveal, with the pictures in it. */
import type { FoundChecks } from '../journeys/found.ts';
import type { RevealedData } from '../journeys/revealed.ts';
import type { PictureBeside, RevealedBeside } from '../journeys/store.ts';
import type { AdminPage } from '../page.ts';
import { jpegSize } from './jpeg_size.ts';
import { TRAIL } from './pages.ts';
import type { FoundCase } from './store.ts';

/** How the two columns of a row stand to each other, in words: colour alone tells nothing to some. */
const HOW = { same: 'same', differs: 'differs', claimed: 'not on the document', shown: 'not claimed', neither: 'neither' } as const;

/** One line of the table. */
export interface ComparedRow {
  readonly name: string;
  readonly claimed: string;
  readonly shown: string;
  readonly differs: boolean;
  readonly how: (typeof HOW)[keyof typeof HOW];
}

/** Claimed and shown, as rows of one table. Pure. */
export function compared({ claimed, documents, prefill }: Pick<RevealedData, 'claimed' | 'documents' | 'prefill'>): readonly ComparedRow[] {
  const said = claimed ?? prefill;
  const document = documents.at(-1)?.document;
  const row = (name: string, one: string | undefined, other: string | undefined): ComparedRow => {
    const [claimedText, shownText] = [one ?? '', other ?? ''];
    const differs = claimedText !== '' && shownText !== '' && plainly(claimedText) !== plainly(shownText);
    const how = differs ? 'differs' : claimedText !== '' ? (shownText === '' ? 'claimed' : 'same') : shownText === '' ? 'neither' : 'shown';
    return { name, claimed: claimedText, shown: shownText, differs, how: HOW[how] };
  };
  return [
    row('Given name', said?.givenName, document?.givenName), row('Family name', said?.familyName, document?.familyName), row('Born', said?.birthDate, document?.birthDate),
    row('Street', said?.street, document?.address?.street), row('Town', said?.city, document?.address?.city), row('Postal code', said?.postalCode, document?.address?.postalCode),
    row('Country', said?.country, document?.address?.country), row('Phone', said?.phone, undefined),
    row('Document', undefined, document && `${document.type} of ${document.issuer}`), row('Document number', undefined, document?.number), row('Valid until', undefined, document?.expiryDate),
  ];
}

function plainly(text: string): string {
  return text.normalize('NFKD').replace(/[^\p{L}\p{N}]/gu, '').toLowerCase();
}

/** How much of it there is, and what differs, in a sentence. Pure. */
export function summary(rows: readonly ComparedRow[]): string {
  const both = rows.filter(({ claimed, shown }) => claimed !== '' && shown !== '');
  const differing = both.filter(({ differs }) => differs).map(({ name }) => name.toLowerCase());
  if (both.length === 0) return 'Nothing was both claimed and read from the document, so nothing could be compared.';
  if (differing.length === 0) return both.length === 1 ? 'What was both claimed and shown is the same.' : `All ${both.length} that were both claimed and shown are the same.`;
  return `${differing.length} of ${both.length} that were both claimed and shown ${differing.length === 1 ? 'differs' : 'differ'}: ${differing.join(', ')}.`;
}

const SHOWS: Readonly<Record<string, string>> = { document_front: 'Front of the document', document_back: 'Back of the document', selfie: 'Selfie' };

/** The look of a picture, by the check of the attempt it was sent for. */
const QUALITY = { pass: 'good enough', fail: 'not good enough', doubt: 'doubtful', unknown: 'not measured' } as const;

const PROBLEM: Readonly<Record<string, string>> = {
  blurred: 'blurred', glare: 'glare', too_dark: 'too dark', too_bright: 'too bright', too_small: 'too small', not_measured: 'not measured',
};

/** The attempt that a picture was sent for: the first that was judged once it was there. */
function attemptOf(checks: readonly FoundChecks[], takenAt: number): FoundChecks | undefined {
  return checks.filter(({ at }) => at >= takenAt).toSorted((one, other) => one.at - other.at)[0];
}

/** What stands below a picture: which side of which try, its quality, its size. Pure. */
function captioned(picture: PictureBeside, all: readonly PictureBeside[], checks: readonly FoundChecks[]) {
  const { purpose, createdAt, deleteAt, jpeg } = picture;
  const bytes = jpeg?.open();
  const size = bytes && jpegSize(bytes);
  const attempt = attemptOf(checks, createdAt);
  // Of one side several may be kept: frames of a selfie, or the tries before.
  const alike = all.filter((one) => one.purpose === purpose);
  const what = `${SHOWS[purpose] ?? purpose}${alike.length > 1 ? ` ${alike.indexOf(picture) + 1} of ${alike.length}` : ''}`;
  const found = purpose === 'selfie' ? undefined : attempt?.findings.find(({ code }) => code === 'picture_quality');
  const why = found?.why === undefined ? '' : (PROBLEM[found.why] ?? found.why);
  return {
    what, createdAt, deleteAt,
    src: bytes ? `data:image/jpeg;base64,${Buffer.from(bytes).toString('base64')}` : '',
    width: size?.width ?? 0, height: size?.height ?? 0,
    kilobytes: bytes ? Math.max(1, Math.round(bytes.length / 1024)) : 0,
    quality: found ? (QUALITY[found.status as keyof typeof QUALITY] ?? found.status) : '',
    problem: found && found.status !== 'pass' && why !== 'not measured' ? why : '',
    earlier: attempt !== undefined && attempt.at < Math.max(...checks.map(({ at }) => at)),
  };
}

/** The case's person, revealed: pictures and data on one page. */
export function comparePage(found: FoundCase, { data, beside, further }: RevealedBeside, checks: readonly FoundChecks[], reason: string): AdminPage {
  const opened = data.open();
  const journeyId = found.journey?.id ?? '';
  const backHref = `/admin/cases/${found.id}`;
  const rows = compared(opened);
  return {
    view: 'admin/cases/compare.njk', title: 'Claimed and shown', area: 'cases', trail: [...TRAIL, { title: journeyId, href: backHref }],
    model: {
      rows: rows.filter(({ how }) => how !== HOW.neither), neither: rows.filter(({ how }) => how === HOW.neither).map(({ name }) => name.toLowerCase()).join(', '),
      summary: summary(rows), reason, journeyId, backHref, read: opened.documents.length,
      unreadable: opened.unreadable,
      pictures: beside.map((picture) => captioned(picture, beside, checks)),
      further: further.map((picture) => ({ ...picture, what: SHOWS[picture.purpose] ?? picture.purpose, action: `/admin/journeys/${journeyId}/pictures/${picture.id}` })),
    },
  };
}
