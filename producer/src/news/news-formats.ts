import { hasLongNumber, parseMessage } from '../venues/exact-json.ts';
import { asMessage, listOf, type Message } from '../venues/message-fields.ts';
import { MessageFault } from '../venues/rejection.ts';
import { childOf, parseXml, plainText, textBelow, type XmlElement } from './feed-xml.ts';

/** An article as a feed lists it; what it leaves out is empty. */
export interface ListedArticle {
  readonly id: string;
  readonly headline: string;
  readonly link: string;
  readonly language: string;
  /** Times as they are written. */
  readonly published: string;
  readonly updated: string;
  /** The entry as it came, or what identifies it, for a dead letter. */
  readonly raw: string;
}

/** What an answer lists. */
export interface ListedNews {
  /** What the feed calls itself. */
  readonly title: string;
  readonly articles: readonly ListedArticle[];
}

/** A format that feeds of news are written in. */
export interface NewsFormat {
  readonly name: string;
  readonly accept: string;
  /** @throws MessageFault malformed or unknown_kind for a text of another format */
  read(text: string): ListedNews;
}

/**
 * RSS 2.0, and 1.0 with its items beside the channel.
 * https://www.rssboard.org/rss-specification
 */
const RSS: NewsFormat = {
  name: 'rss',
  accept: 'application/rss+xml, application/xml;q=0.9, text/xml;q=0.8',
  read(text) {
    const root = parseXml(text);
    const channel = childOf(root, 'channel');
    const isRss = root.name === 'rss' || root.name === 'rdf:RDF';
    if (!isRss || channel === undefined) throw otherRoot(root, 'rss');
    const language = textBelow(channel, 'language') || textBelow(channel, 'dc:language');
    const listed = [...channel.children, ...root.children].filter(({ name }) => name === 'item');
    const articles = listed.map((item): ListedArticle => {
      const link = textBelow(item, 'link');
      return {
        id: textBelow(item, 'guid') || item.attributes['rdf:about'] || link,
        headline: plainText(textBelow(item, 'title')),
        link,
        language,
        published: textBelow(item, 'pubDate') || textBelow(item, 'dc:date'),
        updated: '',
        raw: item.text.trim(),
      };
    });
    return { title: plainText(textBelow(channel, 'title')), articles };
  },
};

/** Atom, RFC 4287. */
const ATOM: NewsFormat = {
  name: 'atom',
  accept: 'application/atom+xml, application/xml;q=0.9, text/xml;q=0.8',
  read(text) {
    const root = parseXml(text);
    if (root.name !== 'feed') throw otherRoot(root, 'feed');
    const language = root.attributes['xml:lang'] ?? '';
    const listed = root.children.filter(({ name }) => name === 'entry');
    const articles = listed.map((entry): ListedArticle => {
      const link = linkOf(entry);
      return {
        id: textBelow(entry, 'id') || link,
        headline: atomText(childOf(entry, 'title')),
        link,
        language: entry.attributes['xml:lang'] ?? language,
        published: textBelow(entry, 'published') || textBelow(entry, 'updated'),
        updated: textBelow(entry, 'updated'),
        raw: entry.text.trim(),
      };
    });
    return { title: atomText(childOf(root, 'title')), articles };
  },
};

/** JSON Feed 1.1. https://www.jsonfeed.org/version/1.1 */
const JSON_FEED: NewsFormat = {
  name: 'json',
  accept: 'application/feed+json, application/json;q=0.9',
  read(text) {
    const feed = asMessage(parseMessage(text, hasLongNumber(text)));
    const articles = listOf(feed, 'items').map((each): ListedArticle => {
      const item = asMessage(each);
      const link = textIn(item, 'url');
      return {
        id: textIn(item, 'id') || link,
        // An item without a title is a short message, which is its own headline.
        headline: plainText(textIn(item, 'title') || textIn(item, 'content_text')),
        link,
        language: textIn(item, 'language') || textIn(feed, 'language'),
        published: textIn(item, 'date_published'),
        updated: textIn(item, 'date_modified'),
        raw: JSON.stringify(each, (_key, value: unknown) =>
          typeof value === 'bigint' ? String(value) : value,
        ),
      };
    });
    return { title: textIn(feed, 'title'), articles };
  },
};

export const NEWS_FORMATS: readonly NewsFormat[] = [RSS, ATOM, JSON_FEED];

function otherRoot({ name }: XmlElement, expected: string): MessageFault {
  return new MessageFault('malformed', `the root is <${name}> where <${expected}> was expected`);
}

function linkOf(entry: XmlElement): string {
  const links = entry.children.filter(({ name }) => name === 'link');
  const isArticle = ({ attributes }: XmlElement): boolean =>
    (attributes['rel'] ?? 'alternate') === 'alternate';
  return (links.find(isArticle) ?? links[0])?.attributes['href'] ?? '';
}

function atomText(element: XmlElement | undefined): string {
  if (element === undefined) return '';
  const isHtml = element.attributes['type'] === 'html';
  return isHtml ? plainText(element.text) : element.text.replace(/\s+/g, ' ').trim();
}

/** An id may be a number, against the specification. */
function textIn(message: Message, name: string): string {
  const value = message[name];
  if (typeof value === 'string') return value.trim();
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : '';
}
