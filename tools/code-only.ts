// Blanks out what is not code, so that a rule about code does not see words in prose or in strings.

// A slash after one of these begins a regular expression, else it divides.
const beforeRegExp = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|yield|await))\s*$/;

/**
 * The text of a TypeScript file with the contents of comments, strings, templates and regular
 * expressions replaced by spaces. Lines and columns stay where they are.
 */
export function codeOnly(text: string): string {
  let code = '';
  let at = 0;
  // For each template that the scan is inside of: the open braces of its `${…}` part.
  const templateBraces: number[] = [];

  const keep = (count: number): void => {
    code += text.slice(at, at + count);
    at += count;
  };
  const blankTo = (end: number): void => {
    code += text.slice(at, end).replaceAll(/[^\n]/g, ' ');
    at = end;
  };

  while (at < text.length) {
    const char = text[at];
    const pair = text.slice(at, at + 2);
    if (pair === '//') blankTo(indexOrEnd(text, '\n', at));
    else if (pair === '/*') blankTo(indexOrEnd(text, '*/', at) + 2);
    else if (char === '"' || char === "'") blankTo(endOfQuoted(text, at, char));
    else if (char === '/' && beforeRegExp.test(code.slice(-20))) blankTo(endOfRegExp(text, at));
    else if (char === '`') openTemplate();
    else if (char === '{' && templateBraces.length > 0) countBrace(1);
    else if (char === '}' && templateBraces.length > 0) countBrace(-1);
    else keep(1);
  }
  return code;

  function openTemplate(): void {
    at += 1;
    code += ' ';
    continueTemplate();
  }

  /** From inside a template's text to its end or to its next `${`. */
  function continueTemplate(): void {
    let end = at;
    while (end < text.length && text[end] !== '`') {
      if (text.startsWith('${', end)) {
        blankTo(end + 2);
        templateBraces.push(0);
        return;
      }
      end += text[end] === '\\' ? 2 : 1;
    }
    blankTo(Math.min(end + 1, text.length));
  }

  function countBrace(change: 1 | -1): void {
    const open = templateBraces.pop() ?? 0;
    if (change === -1 && open === 0) {
      blankTo(at + 1);
      continueTemplate();
      return;
    }
    templateBraces.push(open + change);
    keep(1);
  }
}

function indexOrEnd(text: string, what: string, from: number): number {
  const index = text.indexOf(what, from);
  return index === -1 ? text.length : index;
}

function endOfQuoted(text: string, from: number, quote: string): number {
  let end = from + 1;
  while (end < text.length && text[end] !== quote && text[end] !== '\n') {
    end += text[end] === '\\' ? 2 : 1;
  }
  return Math.min(end + 1, text.length);
}

function endOfRegExp(text: string, from: number): number {
  let end = from + 1;
  let insideClass = false;
  while (end < text.length && text[end] !== '\n' && (insideClass || text[end] !== '/')) {
    if (text[end] === '[') insideClass = true;
    if (text[end] === ']') insideClass = false;
    end += text[end] === '\\' ? 2 : 1;
  }
  return Math.min(end + 1, text.length);
}
