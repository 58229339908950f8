/** Takes the key out of an address like `#key=fm_…` or `#/operate?key=fm_…`. */
export function takeKey(hash: string): { readonly key: string | undefined; readonly hash: string } {
  const found = /(^#|[?&])key=([^&]+)/.exec(hash);
  if (found === null) return { key: undefined, hash };
  const [whole, before = '', text = ''] = found;
  const rest = hash.slice(0, found.index) + hash.slice(found.index + whole.length);
  const cleaned = before === '?' ? rest.replace('&', '?') : rest;
  return { key: decodeURIComponent(text), hash: cleaned.startsWith('#') ? cleaned : `#${cleaned}` };
}
