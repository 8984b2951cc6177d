/**
 * Warns two minutes before the check expires and asks for more time without leaving the page (WCAG 2.2.1). The answer
 * carries the journey's new version, which goes into the form: what is typed can still be sent.
 */
export {};

const WARN_SECONDS = 120;

interface MoreTime {
  readonly expiresAt: number;
  readonly version: number;
  readonly more: boolean;
}

function isMoreTime(value: unknown): value is MoreTime {
  if (typeof value !== 'object' || value === null) return false;
  const { expiresAt, version, more } = value as Partial<Record<keyof MoreTime, unknown>>;
  return typeof expiresAt === 'number' && typeof version === 'number' && typeof more === 'boolean';
}

const dialog = document.querySelector<HTMLDialogElement>('#more-time');
if (dialog) watch(dialog);

function watch(box: HTMLDialogElement): void {
  const { action, csrf } = box.dataset;
  const text = box.querySelector<HTMLElement>('[data-text]');
  const failed = box.querySelector<HTMLElement>('[data-failed]');
  const done = document.querySelector<HTMLElement>('[data-more-time-status]');
  const shown = document.querySelector<HTMLTimeElement>('.time-left time');
  if (!action || !csrf) return;

  // Counted from the opening of the page, for the visitor's clock may be wrong.
  const openedAt = Date.now();
  let expiredAt = new Date(shown?.dateTime ?? '').getTime();
  let expiresAfter = Number(box.dataset['expiresIn'] ?? '0') * 1000;
  let warned = false;
  const timer = setInterval(look, 1000);

  function look(): void {
    const left = openedAt + expiresAfter - Date.now();
    if (left <= 0) {
      clearInterval(timer);
      location.replace(location.pathname + location.search);
      return;
    }
    if (left > WARN_SECONDS * 1000) return;
    if (text) text.textContent = (left > 90_000 ? box.dataset['two'] : box.dataset['one']) ?? text.textContent;
    if (!warned) {
      warned = true;
      box.showModal();
    }
  }

  box.querySelector('[data-close]')?.addEventListener('click', () => box.close());
  box.querySelector('[data-more]')?.addEventListener('click', () => void ask());

  async function ask(): Promise<void> {
    try {
      const answer = await fetch(String(action), {
        method: 'POST',
        headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ csrf: String(csrf), page: 'more_time', v: formVersion()?.value ?? '' }),
      });
      const given: unknown = await answer.json();
      if (!answer.ok || !isMoreTime(given)) throw new Error(String(answer.status));
      const version = formVersion();
      if (version) version.value = String(given.version);
      if (!given.more || given.expiresAt <= expiredAt) throw new Error('no more time was given');
      expiresAfter += given.expiresAt - expiredAt;
      expiredAt = given.expiresAt;
      retime(given.expiresAt);
      warned = false;
      box.close();
      if (done) done.textContent = done.dataset['done'] ?? '';
    } catch {
      if (failed) failed.hidden = false;
    }
  }

  function retime(at: number): void {
    if (!shown) return;
    shown.dateTime = new Date(at).toISOString();
    const format = new Intl.DateTimeFormat(document.documentElement.lang, { hour: 'numeric', minute: '2-digit' });
    shown.textContent = format.format(at);
  }
}

function formVersion(): HTMLInputElement | null {
  return document.querySelector<HTMLInputElement>('form input[name="v"]');
}
