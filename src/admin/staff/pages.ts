/** The pages before sign-in, and those that stand on both sides of it: from what they show to templates. */
import type { AdminPage } from '../page.ts';
import type { InvitationPurpose } from './store.ts';

const door = (view: string, title: string, model: Readonly<Record<string, unknown>>): AdminPage => ({ view: `admin/staff/${view}.njk`, title, area: undefined, trail: [], model });

/** `refused`: what did not hold, in one sentence; empty at first. `kept`: a form waits that was typed before. */
export function signInPage(model: { readonly to: string; readonly passwords: boolean; readonly outsideHref: string; readonly refused: string; readonly kept: boolean }): AdminPage {
  return door('sign_in', 'Sign in to the console', model);
}

/** `options`: what the passkey is asked, as JSON; empty where there is none. */
export function secondPage(model: { readonly to: string; readonly totp: boolean; readonly options: string; readonly refused: string }): AdminPage {
  return door('second', 'Second step', model);
}

export function againPage(model: { readonly to: string; readonly name: string; readonly external: boolean; readonly outsideHref: string; readonly options: string; readonly refused: string; readonly kept: boolean }): AdminPage {
  return { ...door('again', 'Is it still you?', model), area: 'me' };
}

export function invitationPage(model: { readonly purpose: InvitationPurpose; readonly action: string; readonly name: string; readonly roles: readonly { readonly role: string; readonly text: string }[]; readonly least: number }): AdminPage {
  const titles: Readonly<Record<InvitationPurpose, string>> = { setup: 'Set up the first administrator', invite: 'You are invited to the console', reset: 'Choose a new password' };
  return door('invitation', titles[model.purpose], model);
}

export function invitationGonePage(): AdminPage {
  return door('invitation_gone', 'This link does not work', {});
}

export function enrolPage(model: { readonly qr: string; readonly key: string; readonly options: string; readonly refused: string }): AdminPage {
  return door('enrol', 'Add a second factor', model);
}

/** The codes, this once. `onward`: where the page leads. */
export function codesPage(model: { readonly codes: readonly string[]; readonly onward: string; readonly firstTime: boolean }): AdminPage {
  return { ...door('codes', 'Your recovery codes', model), area: model.firstTime ? undefined : 'me' };
}

/** A page of ours between another provider and the console, so that the console's own cookie comes along. */
export function arrivedPage(onward: string): AdminPage {
  return door('arrived', 'Signed in', { onward });
}
