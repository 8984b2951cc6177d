/** Carries a finished visitor on after a moment that is long enough to read one line. The button does the same. */

/** Leaves for where the page leads; a page that leads nowhere stays. */
export function goOn(): void {
  const { goOn: href, goOnAfter } = document.body.dataset;
  // `replace`, so that the back button does not come to a page that sends the visitor away again.
  if (href) setTimeout(() => location.replace(href), Number(goOnAfter ?? '1200'));
}

// Where something is offered first, its own script says when.
if (!document.querySelector('[data-passkey-offer]')) goOn();
