/**
 * Copies what is shown once: a button with `data-copy` takes the text of the element of that id. Without this script, or
 * where the browser lets no page write to the clipboard, the button stays hidden and the text is marked by hand.
 */
export {};

for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-copy]')) {
  const source = document.getElementById(button.dataset['copy'] ?? '');
  const status = button.nextElementSibling;
  // Undefined outside of https and localhost.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (!source || !status || !clipboard) continue;
  button.hidden = false;
  button.addEventListener('click', () => void copied(clipboard, source).then((text) => {
    status.textContent = text;
    return text;
  }));
}

/** What became of it. Refused, the text is marked instead, ready to be copied by hand. */
async function copied(clipboard: Clipboard, source: HTMLElement): Promise<string> {
  try {
    await clipboard.writeText(source.textContent.trim());
    return 'Copied';
  } catch {
    getSelection()?.selectAllChildren(source);
    return 'Marked: copy it by hand';
  }
}
