/** A node of Chromium's accessibility tree: what it tells a screen reader. */
export interface AxNode {
  readonly nodeId: string;
  readonly ignored: boolean;
  readonly role?: { readonly value?: unknown };
  readonly name?: { readonly value?: unknown };
  readonly properties?: readonly { readonly name: string; readonly value: { value?: unknown } }[];
  readonly childIds?: readonly string[];
}

interface Part {
  readonly role: string;
  readonly name: string;
  readonly level: number;
}

const NAMED = new Set([
  'button',
  'link',
  'textbox',
  'searchbox',
  'combobox',
  'listbox',
  'option',
  'checkbox',
  'radio',
  'slider',
  'spinbutton',
  'progressbar',
  'dialog',
  'img',
  'image',
  'heading',
  'columnheader',
  'rowheader',
  'group',
  'InputTime',
]);
const LANDMARKS = ['banner', 'navigation', 'main', 'contentinfo', 'complementary', 'region'];

const textOf = (told: AxNode['role']): string =>
  typeof told?.value === 'string' ? told.value : '';

/** In the order of the document, without what is told to nobody. */
function partsOf(nodes: readonly AxNode[]): Part[] {
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const parts: Part[] = [];
  const visit = (node: AxNode | undefined): void => {
    if (node === undefined) return;
    if (!node.ignored) {
      const level = node.properties?.find(({ name }) => name === 'level')?.value.value;
      parts.push({
        role: textOf(node.role),
        name: textOf(node.name).trim(),
        level: typeof level === 'number' ? level : 0,
      });
    }
    for (const id of node.childIds ?? []) visit(byId.get(id));
  };
  visit(nodes[0]);
  return parts;
}

/** Controls, pictures and headings that have no name. */
export function namelessFaults(nodes: readonly AxNode[]): string[] {
  return partsOf(nodes)
    .filter(({ role, name }) => NAMED.has(role) && name === '')
    .map(({ role }) => `a ${role} without a name`);
}

/** Whether landmarks and headings let somebody find their way who sees none of it. */
export function outlineFaults(nodes: readonly AxNode[]): string[] {
  const parts = partsOf(nodes);
  const faults: string[] = [];
  for (const role of ['banner', 'main', 'contentinfo']) {
    const count = parts.filter((part) => part.role === role).length;
    if (count !== 1) faults.push(`${count} landmarks '${role}', not one`);
  }
  if (!parts.some(({ role }) => role === 'navigation')) faults.push('no navigation');
  const landmarks = parts
    .filter(({ role }) => LANDMARKS.includes(role))
    .map(({ role, name }) => `${role} '${name}'`);
  for (const [at, each] of landmarks.entries()) {
    if (landmarks.indexOf(each) !== at) faults.push(`two landmarks are the ${each}`);
  }
  return [...faults, ...headingFaults(parts)];
}

function headingFaults(parts: readonly Part[]): string[] {
  const headings = parts.filter(({ role }) => role === 'heading');
  const faults: string[] = [];
  const first = headings.filter(({ level }) => level === 1).length;
  if (first !== 1) faults.push(`${first} headings of level 1, not one`);
  let before = 0;
  for (const { name, level } of headings) {
    if (level > before + 1) faults.push(`'${name}' is of level ${level} behind one of ${before}`);
    before = level;
  }
  return faults;
}
