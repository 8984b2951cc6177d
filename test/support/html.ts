/**
 * Reads a page as a browser without scripts sees it: what stands in `<noscript>` is part of it.
 */
import { parse, type DefaultTreeAdapterTypes } from 'parse5';

type Node = DefaultTreeAdapterTypes.Node;
type Element = DefaultTreeAdapterTypes.Element;

export interface Field {
  readonly name: string;
  /** `text`, `hidden`, `select`, `textarea`, `checkbox`, … */
  readonly type: string;
  readonly id: string | undefined;
  /** The last token of `autocomplete`: the one that names the datum. */
  readonly autocomplete: string | undefined;
  readonly value: string;
  readonly checked: boolean;
  readonly options: readonly string[];
  readonly invalid: boolean;
  /** Text of the elements that `aria-describedby` names: hints and error. */
  readonly description: string;
}

export interface Button {
  readonly name: string | undefined;
  readonly value: string;
  readonly text: string;
  /** Its own address, if it has `formaction`. */
  readonly action: string | undefined;
}

export interface Form {
  readonly action: string;
  readonly method: 'GET' | 'POST';
  /** Sent as `multipart/form-data`, files included. */
  readonly multipart: boolean;
  readonly fields: readonly Field[];
  readonly buttons: readonly Button[];
}

export interface Page {
  /** `<body data-page>`. */
  readonly name: string | undefined;
  readonly lang: string | undefined;
  readonly title: string;
  /** First `<h1>`. */
  readonly heading: string;
  readonly forms: readonly Form[];
  readonly links: readonly { readonly href: string; readonly text: string }[];
  /** First `<output>`: where the number to transfer stands. */
  readonly output: string | undefined;
  /** `<meta http-equiv="refresh">`: seconds and absolute address (the page itself where none is given). */
  readonly refresh: { readonly after: number; readonly url: string } | undefined;
  /** All visible text, spaces run together. */
  readonly text: string;
}

const isElement = (node: Node): node is Element => 'tagName' in node;
const childrenOf = (node: Node): readonly Node[] => ('childNodes' in node ? node.childNodes : []);

function* elements(node: Node): Generator<Element> {
  for (const child of childrenOf(node)) {
    if (isElement(child)) yield child;
    yield* elements(child);
  }
}

function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((attr) => attr.name === name)?.value;
}

function rawText(node: Node): string {
  if (node.nodeName === '#text') return (node as DefaultTreeAdapterTypes.TextNode).value;
  if (isElement(node) && ['script', 'style', 'template'].includes(node.tagName)) return '';
  const inner = childrenOf(node).map(rawText).join('');
  // Words of neighbouring blocks must not run into each other.
  return isElement(node) && !['a', 'b', 'em', 'i', 'span', 'strong', 'output', 'abbr', 'time'].includes(node.tagName) ? ` ${inner} ` : inner;
}

const textOf = (node: Node): string => rawText(node).replace(/\s+/g, ' ').trim();

function readField(element: Element, byId: ReadonlyMap<string, Element>): Field | undefined {
  const name = attribute(element, 'name');
  const type = element.tagName === 'input' ? (attribute(element, 'type') ?? 'text').toLowerCase() : element.tagName;
  if (name === undefined || ['submit', 'image', 'button', 'reset'].includes(type) || attribute(element, 'disabled') !== undefined) return undefined;
  const optionElements = type === 'select' ? [...elements(element)].filter((inner) => inner.tagName === 'option') : [];
  const optionValue = (option: Element): string => attribute(option, 'value') ?? textOf(option);
  const chosen = optionElements.find((option) => attribute(option, 'selected') !== undefined) ?? optionElements[0];
  const value =
    type === 'select' ? (chosen ? optionValue(chosen) : '')
    : type === 'textarea' ? rawText(element).trim()
    : (attribute(element, 'value') ?? (type === 'checkbox' || type === 'radio' ? 'on' : ''));
  const described = (attribute(element, 'aria-describedby') ?? '').split(/\s+/).filter((id) => id !== '');
  return {
    name,
    type,
    id: attribute(element, 'id'),
    autocomplete: attribute(element, 'autocomplete')?.trim().split(/\s+/).at(-1),
    value,
    checked: attribute(element, 'checked') !== undefined,
    options: optionElements.map(optionValue),
    invalid: attribute(element, 'aria-invalid') === 'true',
    description: described.map((id) => byId.get(id)).filter((found) => found !== undefined).map(textOf).join(' '),
  };
}

function readButton(element: Element): Button | undefined {
  const type = (attribute(element, 'type') ?? (element.tagName === 'button' ? 'submit' : 'text')).toLowerCase();
  if (type !== 'submit' || attribute(element, 'disabled') !== undefined) return undefined;
  const value = attribute(element, 'value') ?? '';
  return {
    name: attribute(element, 'name'),
    value,
    text: element.tagName === 'button' ? textOf(element) : value,
    action: attribute(element, 'formaction'),
  };
}

function readForm(form: Element, everything: readonly Element[], byId: ReadonlyMap<string, Element>, base: string): Form {
  const id = attribute(form, 'id');
  const inside = new Set(elements(form));
  const own = everything.filter((element) => {
    const named = attribute(element, 'form');
    return named === undefined ? inside.has(element) : named === id;
  });
  return {
    action: new URL(attribute(form, 'action') || base, base).href,
    method: (attribute(form, 'method') ?? 'get').toLowerCase() === 'post' ? 'POST' : 'GET',
    multipart: attribute(form, 'enctype')?.toLowerCase() === 'multipart/form-data',
    fields: own.filter((element) => ['input', 'select', 'textarea'].includes(element.tagName))
      .map((element) => readField(element, byId)).filter((field) => field !== undefined),
    buttons: own.filter((element) => ['button', 'input'].includes(element.tagName))
      .map(readButton).filter((button) => button !== undefined),
  };
}

function readRefresh(metas: readonly Element[], base: string): Page['refresh'] {
  const meta = metas.find((element) => attribute(element, 'http-equiv')?.toLowerCase() === 'refresh');
  const parts = /^\s*(\d+(?:\.\d+)?)\s*(?:[;,]\s*(?:url\s*=\s*)?['"]?([^'"]*)['"]?\s*)?$/i.exec(meta ? (attribute(meta, 'content') ?? '') : '');
  return parts ? { after: Number(parts[1]), url: new URL(parts[2] || base, base).href } : undefined;
}

/** Read a page. `base` is the address it came from. */
export function readPage(html: string, base: string): Page {
  const everything = [...elements(parse(html, { scriptingEnabled: false }))];
  const tagged = (tag: string): readonly Element[] => everything.filter((element) => element.tagName === tag);
  const byId = new Map<string, Element>();
  for (const element of everything) {
    const id = attribute(element, 'id');
    if (id !== undefined && !byId.has(id)) byId.set(id, element);
  }
  const first = (tag: string): Element | undefined => tagged(tag)[0];
  const [html_, body, title, heading, output] = ['html', 'body', 'title', 'h1', 'output'].map(first);
  return {
    name: body && attribute(body, 'data-page'),
    lang: html_ && attribute(html_, 'lang'),
    title: title ? textOf(title) : '',
    heading: heading ? textOf(heading) : '',
    forms: tagged('form').map((form) => readForm(form, everything, byId, base)),
    links: tagged('a').flatMap((link) => {
      const href = attribute(link, 'href');
      return href === undefined ? [] : [{ href: new URL(href, base).href, text: textOf(link) }];
    }),
    output: output && textOf(output),
    refresh: readRefresh(tagged('meta'), base),
    text: body ? textOf(body) : '',
  };
}
