/**
 * Files chosen by hand go the same way as pictures from the live camera: kept until they got through, so that a lost
 * connection does not end on the browser's own error page.
 */
import { sendUntilThrough, type Part } from './upload.ts';
import { leaveFor, loadAgain } from './next-page.ts';

const BUSY = 'aria-disabled';

/** @param say sentence by message key */
export function carryFiles(say: (key: string) => string): void {
  // Before the form's own listeners, which would take the form for sent.
  document.addEventListener('submit', (event) => {
    const form = event.target;
    const button = event.submitter;
    if (!(form instanceof HTMLFormElement) || !button?.matches('[data-send]')) return;
    const input = form.querySelector<HTMLInputElement>('input[type="file"]');
    const file = input?.files?.[0];
    event.preventDefault();
    event.stopPropagation();
    if (!input || button.hasAttribute(BUSY)) return;
    if (!file) {
      complain(say('capture.problem.missing'));
      return input.focus();
    }
    button.setAttribute(BUSY, 'true');
    // Where the script breaks, the form goes as it would without one. Not `form.submit`, which a field's name may hide.
    const asWithout = (): void => HTMLFormElement.prototype.submit.call(form);
    void carry(form, [{ name: input.name, value: file }], say).catch(asWithout).finally(() => button.removeAttribute(BUSY));
  }, { capture: true });
}

async function carry(form: HTMLFormElement, parts: readonly Part[], say: (key: string) => string): Promise<void> {
  const status = document.querySelector<HTMLElement>('[data-upload-status]');
  const tell = (sentence: string): void => {
    if (status) status.textContent = sentence;
  };
  complain('');
  const button = form.querySelector<HTMLElement>('[data-send]');
  const answer = await sendUntilThrough(form, parts, {
    sending: () => {
      button?.setAttribute(BUSY, 'true');
      tell(say('camera.sending'));
    },
    stuck: (why, over) => {
      tell(say(why === 'busy' ? 'capture.problem.busy' : `camera.${why}`));
      button?.removeAttribute(BUSY);
      return new Promise((resolve) => {
        const again = (event: Event): void => {
          event.preventDefault();
          resolve();
        };
        button?.addEventListener('click', again, { once: true });
        // Left behind, it would swallow the press that sends the next picture.
        over.addEventListener('abort', () => button?.removeEventListener('click', again), { once: true });
      });
    },
  });
  if (answer.kind === 'next') {
    tell(say('camera.checking'));
    return leaveFor(answer.href);
  }
  tell('');
  const sentence = answer.kind === 'refused' ? say(`capture.problem.${answer.problem}`) : '';
  if (sentence === '') loadAgain();
  else complain(sentence);
}

/** Shows what is wrong above the form; the empty string takes it away. */
export function complain(sentence: string): void {
  const box = document.querySelector<HTMLElement>('[data-camera-fault]');
  const text = box?.querySelector<HTMLElement>('[data-text]');
  if (!box || !text) return;
  box.hidden = sentence === '';
  text.textContent = sentence;
}
