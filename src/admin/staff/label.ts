/** What a browser calls itself, in a few words for a list of sessions. No proof of anything. */
import Bowser from 'bowser';

/** E.g. `Firefox on Linux`. Pure. */
export function browserLabel(userAgent: string): string {
  if (userAgent === '') return 'A browser without a name';
  const { browser, os } = Bowser.parse(userAgent.slice(0, 500));
  const name = browser.name ?? 'A browser';
  return (os.name === undefined ? name : `${name} on ${os.name}`).slice(0, 60);
}
