/**
 * Pages that wait: asks the server whether to move on, tells news to the live region, and counts down. Reads
 * `data-poll`, `data-every` and `data-wake` (seconds) of the body. Where it may not ask, it loads the page again.
 */
export {};

const { poll, every, wake } = document.body.dataset;
const openedAt = Date.now();

/** Seconds since the page was opened; the server told distances, so the visitor's clock may be wrong. */
function elapsed(): number {
  return (Date.now() - openedAt) / 1000;
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
}

function reload(): void {
  // A plain load of the address: `location.reload()` would offer to send a form again.
  location.replace(location.pathname + location.search);
}

let failures = 0;

async function ask(address: string): Promise<void> {
  try {
    const answer = await fetch(address, { headers: { accept: 'application/json' }, cache: 'no-store' });
    // Gone or refused: the page itself knows best what to say about it.
    if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) return reload();
    if (!answer.ok) throw new Error(String(answer.status));
    const news = (await answer.json()) as { move?: unknown; status?: unknown };
    failures = 0;
    if (news.move === true) return reload();
    if (typeof news.status === 'string') tell(news.status);
  } catch {
    // Offline or restarting: try again, less and less often, for as long as the page is open.
    failures = Math.min(failures + 1, 5);
  }
  setTimeout(() => void ask(address), Number(every ?? '2') * 1000 * (1 + failures));
}

/** Changes the live region only when there is news, so that it is read out once. */
function tell(status: string): void {
  const line = document.querySelector<HTMLElement>('[data-status]');
  const words = line?.getAttribute(`data-status-${status}`);
  if (!line || !words || line.textContent === words) return;
  line.textContent = words;
  const paragraph = line.closest('.status');
  if (paragraph) paragraph.className = `status status-${status}`;
}

if (poll) setTimeout(() => void ask(poll), Number(every ?? '2') * 1000);
else setTimeout(reload, Math.max(2, Number(wake ?? every ?? '5')) * 1000);

/** Words with `#` for the time left, until none is left. */
function countDown(element: HTMLElement | null, seconds: number, done: () => void): void {
  if (!element || seconds <= 0) return;
  const words = element.dataset['words'] ?? '#';
  const draw = () => {
    const left = Math.ceil(seconds - elapsed());
    if (left <= 0) return done();
    element.textContent = words.replace('#', clock(left));
    setTimeout(draw, 1000);
  };
  draw();
}

const link = document.querySelector<HTMLElement>('[data-countdown]');
countDown(link, Number(link?.dataset['countdown'] ?? '0'), reload);

const hold = document.querySelector<HTMLElement>('[data-resend-wait]');
const resend = document.querySelector<HTMLButtonElement>('button[value="resend"], button[data-resend]');
if (hold && resend) {
  const holdSeconds = Number(hold.dataset['resendWait'] ?? '0');
  const early = (event: Event) => {
    if (elapsed() < holdSeconds) event.preventDefault();
  };
  // Kept in the tab order while it waits, so that nobody loses their place.
  resend.addEventListener('click', early);
  if (holdSeconds > 0) resend.setAttribute('aria-disabled', 'true');
  countDown(hold, holdSeconds, () => {
    hold.textContent = '';
    resend.removeAttribute('aria-disabled');
  });
}
