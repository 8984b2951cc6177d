/** What the collector writes on the devices of `devices.ts`, as far as it can be told from their headers. */
import { DESKTOP, PHONE } from './devices.ts';

export const DESKTOP_LOOK = {
  v: 1, userAgent: DESKTOP.userAgent, platform: 'Win32', languages: ['en-US', 'en'], timezone: 'America/New_York', hardwareConcurrency: 8, deviceMemory: 8,
  touchPoints: 0, colorGamut: 'srgb', screen: [1920, 1080],
  webgl: { vendor: 'Google Inc. (Intel)', renderer: 'ANGLE (Intel, Intel(R) UHD Graphics 620 (0x00003EA0) Direct3D11 vs_5_0 ps_5_0, D3D11)' },
  canvas: '8db41d70784b8aad', audio: '875ed3c4450adbcc', webdriver: false, plugins: 5, outer: [1920, 1040], pointer: 'fine', hover: true, portrait: false,
  bot: { verdict: 'human', kind: null },
} as const;

export const PHONE_LOOK = {
  ...DESKTOP_LOOK, userAgent: PHONE.userAgent, platform: 'Linux armv8l', touchPoints: 5, colorGamut: 'p3', screen: [412, 915],
  webgl: { vendor: 'Qualcomm', renderer: 'Adreno (TM) 740' }, canvas: '1c9e6f7740c3a2b8', audio: 'a40bd6f1c2e97755', plugins: 0, outer: [412, 800],
  pointer: 'coarse', hover: false, portrait: true,
} as const;
