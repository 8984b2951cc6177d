/**
 * What the browsers of our two devices say about themselves on a top-level navigation. Values are those of Chrome on
 * Windows and Chrome on Android, so that header consistency checks see what they see in life.
 */

/** A browser as its requests show it. Header names are lower-case. */
export interface Device {
  readonly userAgent: string;
  readonly headers: Readonly<Record<string, string>>;
}

const NAVIGATION = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'accept-encoding': 'identity',
  'accept-language': 'en-US,en;q=0.9',
  'sec-fetch-dest': 'document',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-user': '?1',
  'upgrade-insecure-requests': '1',
} as const;

const BRANDS = '"Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140"';

export const DESKTOP: Device = {
  userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  headers: { ...NAVIGATION, 'sec-ch-ua': BRANDS, 'sec-ch-ua-mobile': '?0', 'sec-ch-ua-platform': '"Windows"' },
};

export const PHONE: Device = {
  userAgent: 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36',
  headers: { ...NAVIGATION, 'sec-ch-ua': BRANDS, 'sec-ch-ua-mobile': '?1', 'sec-ch-ua-platform': '"Android"' },
};

export const IPHONE: Device = {
  userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
  headers: {
    accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'accept-encoding': 'identity',
    'accept-language': 'en-US,en;q=0.9',
    'sec-fetch-dest': 'document',
    'sec-fetch-mode': 'navigate',
  },
};

/** Fetchers of link previews and mail scanners: what they fetch must change nothing (SPEC 4, sms_link). */
export const PREVIEW_BOTS: readonly Device[] = [
  'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
  'WhatsApp/2.23.20.0',
  'TelegramBot (like TwitterBot)',
  'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
  'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)',
  // Apple Messages previews with a desktop Safari agent that names two other bots.
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0',
].map((userAgent) => ({ userAgent, headers: { accept: '*/*' } }));
