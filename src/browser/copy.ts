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
  button.addEventListener('click', () => {
    clipboard.writeText(source.textContent.trim()).then(
      () => { status.textContent = 'Copied'; },
      () => {
        // Refused: marked instead, ready to be copied by hand.
        getSelection()?.selectAllChildren(source);
        status.textContent = 'Marked: copy it by hand';
      },
    );
  });
}
