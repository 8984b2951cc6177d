/**
 * The camera over the whole window: a modal dialog made from the page's template, so that the focus stays within, Escape
 * closes it, and every word comes with the page.
 */

export type Bar = 'live' | 'still' | 'again' | 'busy';

export interface CameraView {
  readonly dialog: HTMLDialogElement;
  readonly video: HTMLVideoElement;
  readonly still: HTMLCanvasElement;
  readonly stage: HTMLElement;
  readonly frame: HTMLElement;
  /** A part by its data attribute, `[data-shutter]` for instance; null where this view has none. */
  part(name: string): HTMLElement | null;
  /** One line of help, read out where it changes. The empty string takes it away. */
  tell(sentence: string): void;
  /** What was wrong, read out at once. */
  complain(sentence: string): void;
  show(bar: Bar): void;
  close(): void;
}

/** Opens the view. `closed` is called once, however it is closed. */
export function openView(closed: () => void): CameraView | undefined {
  const template = document.querySelector<HTMLTemplateElement>('#camera-view');
  const dialog = template?.content.querySelector('dialog')?.cloneNode(true);
  if (!(dialog instanceof HTMLDialogElement)) return undefined;
  const part = (name: string): HTMLElement | null => dialog.querySelector<HTMLElement>(`[data-${name}]`);
  const [video, still, stage, frame] = [part('video'), part('still'), part('stage'), part('frame')];
  if (!(video instanceof HTMLVideoElement) || !(still instanceof HTMLCanvasElement) || !stage || !frame) return undefined;
  // A canvas begins with a size of its own; this one holds nothing yet.
  still.width = 1;
  const say = (name: string, sentence: string): void => {
    const line = part(name);
    if (line && line.textContent !== sentence) line.textContent = sentence;
  };
  const view: CameraView = {
    dialog, video, still, stage, frame, part,
    tell: (sentence) => say('hint', sentence),
    complain: (sentence) => say('problem', sentence),
    show(bar) {
      for (const one of dialog.querySelectorAll<HTMLElement>('[data-bar]')) one.hidden = one.dataset['bar'] !== bar;
      const held = bar !== 'live' && still.width > 1;
      still.hidden = !held;
      dialog.classList.toggle('camera-still', held);
    },
    close: () => dialog.close(),
  };
  dialog.addEventListener('close', () => {
    dialog.remove();
    closed();
  });
  part('close')?.addEventListener('click', view.close);
  document.body.append(dialog);
  dialog.showModal();
  return view;
}

/** The page's sentences by message key; an unknown key is the empty string. */
export function wordsOf(root: HTMLElement): (key: string) => string {
  const words = new Map(Object.entries(JSON.parse(root.dataset['words'] ?? '{}') as Readonly<Record<string, string>>));
  return (key) => words.get(key) ?? '';
}
