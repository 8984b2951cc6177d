/** Pages around a journey that is gone on with by a link: what each shows, its view and its title. Joined into `pages.ts`. */
import type { MessageKey } from '../http/locales/index.ts';
import type { Ending } from './ending.ts';

/** Steps that can be asked for again. */
export type AgainStep = 'document_selfie' | 'sms_link' | 'kba';

export interface AgainPageModels {
  readonly again_link: {
    /** Absent where it cannot be said. */
    readonly step: AgainStep | undefined;
    /** When the journey ends without an answer, epoch milliseconds. */
    readonly until: number;
    /** Becomes this browser's cookie when the form is sent. */
    readonly visit: string;
  };
  /** Unknown, used, replaced and expired links look the same. */
  readonly again_gone: Readonly<Record<never, never>>;
  readonly again_done: {
    readonly kind: 'approved' | Ending;
    /** The application's own page, https; absent where its key names none. */
    readonly applicationHref: string | undefined;
  };
}

interface AgainPageRow<Model> {
  readonly view: string;
  readonly title: MessageKey | ((model: Model) => MessageKey);
  readonly fields: readonly string[];
}

const DONE_TITLES = {
  approved: 'finished.title', denied: 'denied.title', step_unavailable: 'denied.step_unavailable.title', expired: 'denied.expired.title',
  review: 'denied.review.title', stopped: 'denied.stopped.title',
} as const satisfies Record<AgainPageModels['again_done']['kind'], MessageKey>;

export const AGAIN_PAGE_ROWS: { readonly [Name in keyof AgainPageModels]: AgainPageRow<AgainPageModels[Name]> } = {
  again_link: { view: 'hosted/again_link.njk', title: 'again_link.title', fields: [] },
  again_gone: { view: 'hosted/again_gone.njk', title: 'again_gone.title', fields: [] },
  again_done: { view: 'hosted/again_done.njk', title: ({ kind }) => DONE_TITLES[kind], fields: [] },
};
