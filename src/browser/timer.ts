/** A time limit that is seen all the time and read out rarely. At its end the page is loaded again: the server decides. */
export {};

const timer = document.querySelector<HTMLElement>('[data-timer]');
const news = document.querySelector<HTMLElement>('[data-timer-news]');
/** Seconds left at which it is said aloud. */
const SAID_AT = [60, 30, 10];

if (timer) {
  // Counted from the opening of the page, for the visitor's clock may be wrong.
  const openedAt = Date.now();
  const seconds = Number(timer.dataset['timer'] ?? '0');
  const words = timer.dataset['words'] ?? '#';
  let said = SAID_AT.filter((at) => at >= seconds);
  const draw = (): void => {
    const left = Math.max(0, Math.ceil(seconds - (Date.now() - openedAt) / 1000));
    timer.textContent = words.replace('#', `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`);
    const due = SAID_AT.filter((at) => left <= at && !said.includes(at));
    if (due.length > 0 && left > 0) {
      said = [...said, ...due];
      if (news) news.textContent = news.getAttribute(`data-at-${Math.min(...due)}`);
    }
    if (left > 0) setTimeout(draw, 1000);
    else setTimeout(() => location.replace(location.pathname + location.search), 800);
  };
  draw();
}
