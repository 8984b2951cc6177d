import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stripTypeScriptTypes } from 'node:module';
import { describe, expect, it } from 'vitest';
import {
  CATALOGUES,
  LOCALES,
  message,
  pluralMessage,
} from '../../src/http/locales/index.ts';
import { contrast, themeCss } from '../../src/http/theme.ts';
import { hrefParts, isWebLink, makeViews, webLink } from '../../src/http/views.ts';

const root = resolve(import.meta.dirname, '../..');

function viewsOf(template: string) {
  const dir = mkdtempSync(join(tmpdir(), 'views-'));
  writeFileSync(join(dir, 'a.njk'), template);
  return makeViews({ dir, now: () => Date.UTC(2026, 0, 1, 12) });
}

describe('the environment', () => {
  it('escapes values, parameters of messages, and hostile template text', () => {
    const page = viewsOf(`{{ x }}|{{ t('session_risk.lead', { app: x }) }}`);
    const html = page.render('a.njk', 'en', { x: '<b>{{ 7*7 }}&"' });
    expect(html).not.toContain('<b>');
    expect(html).not.toContain('49');
    expect(html.match(/&lt;b&gt;\{\{ 7\*7 \}\}&amp;&quot;/g)).toHaveLength(2);
  });

  it('refuses undefined values, unknown keys, missing parameters and unknown locales', () => {
    expect(() => viewsOf('{{ nothing }}').render('a.njk', 'en', {})).toThrow(/undefined/);
    expect(() => viewsOf(`{{ t('no.key') }}`).render('a.njk', 'en', {})).toThrow(/no\.key/);
    expect(() => viewsOf(`{{ t('action.return_to') }}`).render('a.njk', 'en', {})).toThrow(/lacks app/);
    expect(() => viewsOf('x').render('a.njk', 'fr', {})).toThrow(/catalogue/);
    expect(() => message('en', 'constructor')).toThrow();
  });

  it('does not let data replace a helper', () => {
    const html = viewsOf(`{{ t('language.name') }} {{ locale }}`).render('a.njk', 'es', { t: () => 'x', locale: 'en' });
    expect(html).toBe('Español es');
  });

  it('tells times, distances and countries in the language of the page', () => {
    const page = viewsOf('{{ clock(at) }}|{{ ago(at) }}|{{ secondsUntil(at) }}|{{ countryName("DE") }}');
    const at = Date.UTC(2026, 0, 1, 11, 57);
    expect(page.render('a.njk', 'en', { at }).replaceAll(' ', ' ')).toBe('11:57 AM UTC|3 minutes ago|0|Germany');
    expect(page.render('a.njk', 'es', { at })).toBe('11:57 UTC|hace 3 minutos|0|Alemania');
    expect(() => viewsOf('{{ countryName("x") }}').render('a.njk', 'en', {})).toThrow(/capital/);
  });

  it.each([
    [0, 'this minute', 'este minuto'],
    [29, '29 minutes ago', 'hace 29 minutos'],
    [60 * 5, '5 hours ago', 'hace 5 horas'],
    [60 * 24, 'yesterday', 'ayer'],
    [60 * 24 * 13, '13 days ago', 'hace 13 días'],
    [60 * 24 * 20, 'December 12, 2025', '12 de diciembre de 2025'],
    // A clock of another process may be a little ahead.
    [-3, 'this minute', 'este minuto'],
  ])('tells what was %s minutes ago by minutes, hours, days, or its date', (minutes, inEnglish, inSpanish) => {
    const page = viewsOf('{{ lately(at) }}');
    const at = Date.UTC(2026, 0, 1, 12) - minutes * 60_000;
    expect([page.render('a.njk', 'en', { at }), page.render('a.njk', 'es', { at })]).toEqual([inEnglish, inSpanish]);
  });

  it('tells days, and lists as the language joins them', () => {
    const page = viewsOf('{{ day(at) }}|{{ listed(words) }}');
    const data = { at: Date.UTC(2026, 7, 1), words: ['A', 'B', 'C'] };
    expect(page.render('a.njk', 'en', data)).toBe('August 1, 2026|A, B, and C');
    expect(page.render('a.njk', 'es', data)).toBe('1 de agosto de 2026|A, B y C');
  });
});

describe('links', () => {
  it.each(['/a', '/', 'https://a.example/x', 'http://localhost:3000'])('takes %s', (href) => {
    expect(webLink(href)).toBe(href);
  });
  it.each(['javascript:alert(1)', ' https://a', '//a.example', '/\\a.example', 'data:text/html,x', '', 'a', 'https:///x'])(
    'refuses %j',
    (href) => {
      expect(isWebLink(href)).toBe(false);
      expect(() => webLink(href)).toThrow();
    },
  );
  it('takes an address apart for a GET form', () => {
    expect(hrefParts('/a?x=1&y=a%20b&x=2#f')).toEqual({
      action: '/a',
      params: [
        { name: 'x', value: '1' },
        { name: 'y', value: 'a b' },
        { name: 'x', value: '2' },
      ],
    });
  });
});

describe('the catalogues', () => {
  it.each(LOCALES)('%s has the keys and the placeholders of English, and no markup', (locale) => {
    expect(Object.keys(CATALOGUES[locale]).sort()).toEqual(Object.keys(CATALOGUES.en).sort());
    for (const [key, text] of Object.entries(CATALOGUES[locale])) {
      const placeholders = (words: string) => [...words.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();
      expect(placeholders(text), key).toEqual(placeholders(CATALOGUES.en[key as keyof typeof CATALOGUES.en]));
      expect(text, key).not.toMatch(/[<>]|&\w+;|\s$|^\s|'/);
    }
  });

  it('is all in use', () => {
    const sources = [...files('views'), ...files('src')]
      .filter((path) => !path.includes('/locales/'))
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n');
    // Keys that are put together from parts.
    const composed = /^(errors|label|denied|phone_stopped|sms_wait\.status|session_risk\.step|document|document_following|camera|capture\.problem|capture_done|capture_side\.(?:title|flat)|capture_selfie\.title|my_gone|my_devices\.(?:unnamed|kind|done)|my_confirm\.submit|again_link\.step)\./;
    const idle = Object.keys(CATALOGUES.en).filter(
      (key) => !composed.test(key) && !sources.includes(`'${key.replace(/\.(one|other)$/, '')}'`),
    );
    expect(idle).toEqual([]);
  });

  it('knows one from many', () => {
    expect(pluralMessage('en', 'sms_wait.sends_left', 1)).toBe('You can send it 1 more time.');
    expect(pluralMessage('es', 'sms_wait.sends_left', 2)).toBe('Puede enviarlo 2 veces más.');
  });
});

describe('theme', () => {
  const variable = (css: string, name: string) => new RegExp(`--${name}:(#[0-9a-f]{6})`).exec(css)?.[1] ?? '';

  it.each(['#000000', '#ffffff', '#f5b700', '#5b2a86', '#00ff00', '#ff0000', '#0e5a73', '#777777', '#8Bc34A'])(
    'reads well with %s',
    (accent) => {
      const [light = '', dark = ''] = themeCss(accent).split('@media');
      for (const [css, ground, surface] of [
        [light, '#edf0f3', '#ffffff'],
        [dark, '#232b34', '#181f26'],
      ] as const) {
        expect(contrast(variable(css, 'on-accent'), variable(css, 'accent'))).toBeGreaterThanOrEqual(4.5);
        for (const behind of [ground, surface]) {
          expect(contrast(variable(css, 'accent-text'), behind)).toBeGreaterThanOrEqual(4.5);
          expect(contrast(variable(css, 'accent-edge'), behind)).toBeGreaterThanOrEqual(3);
        }
      }
    },
  );

  it.each(['red', '#fff', '#12345', '#1234567', '', '#00000g', '#fff;}body{'])('refuses %j', (accent) => {
    expect(() => themeCss(accent)).toThrow(/rrggbb/);
  });
});

describe('browser scripts', () => {
  const scripts = readdirSync(join(root, 'src/browser')).filter((name) => name.endsWith('.ts'));
  it.each(['form.ts', 'local-time.ts', 'go-on.ts', 'wait.ts', 'more-time.ts'])('%s can be served stripped', (name) => {
    expect(scripts).toContain(name);
    const js = stripTypeScriptTypes(readFileSync(join(root, 'src/browser', name), 'utf8'));
    expect(js).not.toMatch(/^import /m);
    expect(js).not.toMatch(/innerHTML|eval\(|document\.write/);
  });
});

function files(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(njk|ts)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}
