/** A page of the console: a template with what it shows. Each area has a function per page that makes one from its model. */
export interface AdminPage {
  /** Path below `views/`, e.g. `admin/keys/list.njk`. */
  readonly view: string;
  readonly title: string;
  /** Which entry of the navigation it belongs to; `me` for one's own pages, undefined for those before sign-in. */
  readonly area: string | undefined;
  /** Where it hangs: titles and paths from the area down, the page itself left out. */
  readonly trail: readonly { readonly title: string; readonly href: string }[];
  /** What the template reads, as `m`. */
  readonly model: Readonly<Record<string, unknown>>;
}

/** What a test and the picture gallery render: one page in one state. */
export interface AdminSample {
  /** E.g. `keys_list_empty`; names are unique. */
  readonly name: string;
  readonly page: AdminPage;
  readonly errors?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, string>>;
  /** Sentence shown after something was done. */
  readonly notice?: string;
}
