/**
 * Holds a form's submit for work that fills its hidden fields. Shared by the scripts of a page, so that a form is held
 * once, for all of them together.
 */

/** A submit is held this long at most for work that does not come to an end. */
const HOLD_MS = 1_500;

const works = new WeakMap<HTMLFormElement, (() => Promise<unknown>)[]>();

export function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Do this work, and all others' of this form, when it is submitted, and then let it go with the button it came by: when
 * all is done or has failed, or the time is up.
 */
export function holdFor(form: HTMLFormElement, work: () => Promise<unknown>): void {
  const known = works.get(form);
  if (known) {
    known.push(work);
    return;
  }
  const all = [work];
  works.set(form, all);
  let free = false;
  let held = false;
  form.addEventListener('submit', (event) => {
    if (free) return;
    event.preventDefault();
    // A second press while waiting is the same submit.
    if (held) return;
    held = true;
    const button = event.submitter;
    const go = (): void => {
      free = true;
      const by = button instanceof HTMLElement && button.isConnected ? button : null;
      // Not there on phones a few years old.
      if (typeof (form.requestSubmit as typeof form.requestSubmit | undefined) === 'function') form.requestSubmit(by);
      else if (by) by.click();
      else HTMLFormElement.prototype.submit.call(form);
    };
    // Not before this event is over: what is sent while it is still being told of is dropped without a word (HTML, 4.10.22.3).
    void Promise.race([Promise.allSettled(all.map((one) => one())), later(HOLD_MS)]).then(() => setTimeout(go));
  });
}
