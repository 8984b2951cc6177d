/** Carries a finished visitor on after a moment that is long enough to read one line. The button does the same. */
export {};

const href = document.body.dataset['goOn'];
// `replace`, so that the back button does not come to a page that sends the visitor away again.
if (href) setTimeout(() => location.replace(href), 1200);
