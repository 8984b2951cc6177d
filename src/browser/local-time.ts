/** Rewrites times, which the server can only tell in UTC, in the visitor's own zone and the page's language. */

export function localTimes(root: ParentNode): void {
  for (const time of root.querySelectorAll<HTMLTimeElement>('time[data-local-time]')) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const style: Intl.DateTimeFormatOptions =
      time.dataset['localTime'] === 'full'
        ? { dateStyle: 'medium', timeStyle: 'medium' }
        : { hour: 'numeric', minute: '2-digit' };
    time.textContent = new Intl.DateTimeFormat(document.documentElement.lang, style).format(at);
  }
}

localTimes(document);
