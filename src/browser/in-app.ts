/** Browsers inside other apps, where the camera often does not work: shows the note that tells so. */
export {};

const IN_APP = /\bFBA[NV]\b|\bInstagram\b|\bLine\/|\bMicroMessenger\b|\bTikTok\b|\bSnapchat\b|; wv\)/;

if (IN_APP.test(navigator.userAgent)) {
  for (const note of document.querySelectorAll<HTMLElement>('[data-in-app]')) note.hidden = false;
}
