/** Two-digit years (ICAO 9303 part 3, 4.8). Pure: the reference date is told. Dates are `YYYY-MM-DD`, empty where unreadable. */

/** An expiry lies at most this far ahead; what would lie further is taken a century earlier. */
const EXPIRY_YEARS_AHEAD = 50;
/** Nothing is shown so long after it expired: permanent cards bear such a date (990101) to say that they have none. */
const EXPIRY_YEARS_PAST = 15;

/** A date of birth: the latest one that is not in the future. */
export function birthDateOf(yymmdd: string, today: string): string {
  const thisCentury = Math.floor(Number(today.slice(0, 4)) / 100);
  return [thisCentury, thisCentury - 1].map((century) => dateOf(century, yymmdd)).find((date) => date !== '' && date <= today) ?? '';
}

/** A date of expiry: within 50 years ahead, or else in the past, at most 15 years. Empty where it says nothing. */
export function expiryDateOf(yymmdd: string, today: string): string {
  const year = Number(today.slice(0, 4));
  const century = Math.floor(year / 100);
  const [earliest, latest] = [`${year - EXPIRY_YEARS_PAST}${today.slice(4)}`, `${year + EXPIRY_YEARS_AHEAD}${today.slice(4)}`];
  const date = [century + 1, century, century - 1].map((one) => dateOf(one, yymmdd)).find((one) => one !== '' && one <= latest) ?? '';
  return date >= earliest ? date : '';
}

/** Whether a text is a day of the calendar, `YYYY-MM-DD`. */
export function isCalendarDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === text;
}

/** Fillers stand for an unknown month or day: then there is no date, rather than an invented one. */
function dateOf(century: number, yymmdd: string): string {
  if (!/^\d{6}$/.test(yymmdd)) return '';
  const date = `${String(century).padStart(2, '0')}${yymmdd.slice(0, 2)}-${yymmdd.slice(2, 4)}-${yymmdd.slice(4, 6)}`;
  return isCalendarDate(date) ? date : '';
}
