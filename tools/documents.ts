// Rules about the documents: what they point to is there, and what they tell to type exists.
import type { RepositoryFile } from './repository.ts';
import type { Fault } from './tidy-rules.ts';

/** One command of the command line, as the documents may use it. */
export interface KnownCommand {
  readonly name: string;
  /** With both dashes. */
  readonly flags: ReadonlySet<string>;
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);

const documentsOf = (files: readonly RepositoryFile[]): RepositoryFile[] =>
  files.filter(({ path }) => path.endsWith('.md'));

/** Every relative link leads to a file or folder of the repository, and to a heading in it. */
export function deadLinks(files: readonly RepositoryFile[]): Fault[] {
  const known = new Map(files.map((file) => [file.path, file]));
  const folders = new Set(files.flatMap(({ path }) => foldersAbove(path)));
  const faults: Fault[] = [];
  for (const document of documentsOf(files)) {
    for (const { target, line } of linksIn(document.text)) {
      const [path = '', anchor] = target.split('#');
      const at = path === '' ? document.path : resolved(folderOf(document.path), path);
      const where = `${document.path}:${line}: '${target}'`;
      const found = known.get(at);
      if (found === undefined && !folders.has(at)) {
        faults.push(`${where} leads nowhere: correct the path`);
      } else if (anchor !== undefined && !headingsIn(found?.text ?? '').has(anchor)) {
        faults.push(`${where}: ${at} has no heading for #${anchor}`);
      }
    }
  }
  return faults;
}

/** Every `npm run …`, `npm start` and `npm test` is a script. */
export function unknownScripts(
  files: readonly RepositoryFile[],
  scripts: ReadonlySet<string>,
): Fault[] {
  const faults: Fault[] = [];
  for (const { path, text } of documentsOf(files)) {
    for (const { code, line } of codeIn(text)) {
      for (const [, script = ''] of code.matchAll(npmCommand)) {
        if (scripts.has(script)) continue;
        faults.push(`${path}:${line}: package.json has no script '${script}'`);
      }
    }
  }
  return faults;
}

/** Every `feedmill …` names a command that there is, with options that it has. */
export function unknownCommands(
  files: readonly RepositoryFile[],
  commands: readonly KnownCommand[],
): Fault[] {
  const byName = new Map(commands.map((command) => [command.name, command]));
  const faults: Fault[] = [];
  for (const { path, text } of documentsOf(files)) {
    for (const { code, line } of codeIn(text)) {
      for (const [, name = '', rest = ''] of code.matchAll(feedmillCommand)) {
        const command = byName.get(name);
        if (command === undefined) {
          faults.push(`${path}:${line}: there is no command 'feedmill ${name}'`);
          continue;
        }
        for (const [flag] of withoutQuotes(rest).matchAll(/(?<=^|\s)--[a-z][a-z-]*/g)) {
          if (command.flags.has(flag)) continue;
          faults.push(`${path}:${line}: 'feedmill ${name}' has no option ${flag}`);
        }
      }
    }
  }
  return faults;
}

const npmCommand = /\bnpm (?:run (?:-s |--silent )?)?((?<=run .*)[a-z][\w:-]*|start|test)\b/g;
// At the beginning of a line, after a prompt, a pipe, an assignment or `npm run feedmill --`; not
// in the midst of words, and not the name of a package, a schema or a folder.
const feedmillCommand =
  /(?:^|[$|;&`("]\s*|\bfeedmill -- )(?:\w+=\S+ )*(?:feedmill )([a-z]+)([^|;&`\n]*)/gm;

interface CodePart {
  readonly code: string;
  readonly line: number;
}

/** Fenced blocks line by line, and spans of code in the text. */
function codeIn(text: string): CodePart[] {
  const parts: CodePart[] = [];
  let isFenced = false;
  for (const [index, content] of joinedLines(text).entries()) {
    const line = index + 1;
    if (/^\s*```/.test(content)) {
      isFenced = !isFenced;
    } else if (isFenced) {
      parts.push({ code: normalized(content), line });
    } else {
      for (const [, code = ''] of content.matchAll(/`([^`]+)`/g)) {
        parts.push({ code: normalized(code), line });
      }
    }
  }
  return parts;
}

/** Lines that end with a backslash together with the next, in the place of the first. */
function joinedLines(text: string): string[] {
  const lines = text.split('\n');
  for (let at = lines.length - 2; at >= 0; at -= 1) {
    const content = lines[at] ?? '';
    if (!content.endsWith('\\')) continue;
    lines[at] = `${content.slice(0, -1)} ${(lines[at + 1] ?? '').trim()}`;
    lines[at + 1] = '';
  }
  return lines;
}

/** `npx feedmill up` is `feedmill up`; a comment behind a command is none of it. */
const normalized = (code: string): string =>
  code
    .trim()
    .replace(/^\$ /, '')
    .replace(/npm run (?:-s |--silent )?feedmill -- |npx feedmill /, 'feedmill ')
    .replace(/\s#\s.*$/, '');

const withoutQuotes = (text: string): string => text.replaceAll(/'[^']*'|"[^"]*"/g, '_');

interface Link {
  readonly target: string;
  readonly line: number;
}

function linksIn(text: string): Link[] {
  const links: Link[] = [];
  let isFenced = false;
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*```/.test(line)) isFenced = !isFenced;
    if (isFenced) continue;
    const bare = line.replaceAll(/`[^`]*`/g, (span) => span.replaceAll(/[()]/g, '_'));
    const found = [...bare.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"/g)];
    for (const [, inline, attribute] of found) {
      const target = inline ?? attribute ?? '';
      if (!/^[a-z]+:/.test(target)) links.push({ target, line: index + 1 });
    }
  }
  return links;
}

/** Anchors as GitHub makes them of headings. */
function headingsIn(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.matchAll(/^#{1,6} (.+)$/gm)) {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    anchors.add(plain.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-'));
  }
  return anchors;
}

function foldersAbove(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

function resolved(folder: string, path: string): string {
  const parts = folder.split('/').filter((part) => part !== '');
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
