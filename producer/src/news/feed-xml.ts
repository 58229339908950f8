import { Parser } from 'htmlparser2';
import { MessageFault } from '../venues/rejection.ts';

/** An element of a document, without the order of its text and its children. */
export interface XmlElement {
  /** As it is written, with its prefix. */
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Its own text and that of all below it. */
  readonly text: string;
}

interface OpenElement extends XmlElement {
  readonly children: OpenElement[];
  text: string;
}

/** Deeper than any feed; what lies below is read as text of the element there. */
const DEPTH_MAX = 64;

/**
 * The root of an XML document. Feeds are often not quite well formed, so only a document that does
 * not end is refused. Entities that a document declares itself are not expanded.
 *
 * @throws MessageFault malformed
 */
export function parseXml(text: string): XmlElement {
  let root: OpenElement | undefined;
  let isWhole = false;
  const open: OpenElement[] = [];
  let below = 0;
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        if (open.length >= DEPTH_MAX) {
          below += 1;
          return;
        }
        const element: OpenElement = { name, attributes, children: [], text: '' };
        if (open.length === 0) root ??= element;
        open.at(-1)?.children.push(element);
        open.push(element);
      },
      ontext(part) {
        const element = open.at(-1);
        if (element !== undefined) element.text += part;
      },
      onclosetag(_name, isImplied) {
        if (below > 0) {
          below -= 1;
          return;
        }
        const element = open.pop();
        const parent = open.at(-1);
        if (element !== undefined && parent !== undefined) parent.text += element.text;
        if (parent === undefined && !isImplied) isWhole = true;
      },
    },
    { xmlMode: true, decodeEntities: true },
  );
  parser.end(text);
  if (root === undefined) throw new MessageFault('malformed', 'the answer is no XML document');
  if (!isWhole)
    throw new MessageFault('malformed', `<${root.name}> is not closed: a part is missing`);
  return root;
}

/** The first child of a name; without its prefix where `name` has none. */
export const childOf = ({ children }: XmlElement, name: string): XmlElement | undefined =>
  children.find((child) => child.name === name);

/** Text of the first child of a name; empty where there is none. */
export const textBelow = (element: XmlElement, name: string): string =>
  childOf(element, name)?.text.trim() ?? '';

/** What a reader sees of a text that may hold HTML. */
export function plainText(text: string): string {
  if (!/[<&]/.test(text)) return spaced(text);
  const parts: string[] = [];
  const parser = new Parser({ ontext: (part) => parts.push(part) }, { decodeEntities: true });
  parser.end(text);
  return spaced(parts.join(''));
}

const spaced = (text: string): string => text.replace(/\s+/g, ' ').trim();
