const FORM = /^[A-Z]{2}[A-Z0-9]{9}[0-9]$/;
const DIGITS = 10;

/** Whether a text is an ISIN whose check digit fits (ISO 6166: Luhn over letters as 10 to 35). */
export function isIsin(text: string): boolean {
  if (!FORM.test(text)) return false;
  const digits = Array.from(text, (character) => Number.parseInt(character, 36)).join('');
  let sum = 0;
  for (let rank = 0; rank < digits.length; rank += 1) {
    const digit = Number(digits[digits.length - 1 - rank]);
    const weighted = rank % 2 === 1 ? digit * 2 : digit;
    sum += weighted >= DIGITS ? weighted - 9 : weighted;
  }
  return sum % DIGITS === 0;
}
