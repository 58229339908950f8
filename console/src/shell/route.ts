/** A page, and what it shows. */
export type Route =
  | { readonly page: 'overview' }
  | {
      readonly page: 'instrument';
      readonly instrument: string | undefined;
      readonly step: string | undefined;
    }
  | { readonly page: 'operate' };

/** Routes stand behind the #, so that any host can serve the page and every view has an address. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split('?');
  const [page, name] = path.split('/');
  switch (page) {
    case 'instrument': {
      const step = new URLSearchParams(query).get('step') ?? undefined;
      return { page, instrument: name === undefined ? undefined : decoded(name), step };
    }
    case 'operate':
      return { page };
    default:
      return { page: 'overview' };
  }
}

export function routeHash(route: Route): string {
  if (route.page !== 'instrument') return `#/${route.page}`;
  if (route.instrument === undefined) return '#/instrument';
  const step = route.step === undefined ? '' : `?step=${route.step}`;
  return `#/instrument/${encodeURIComponent(route.instrument)}${step}`;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text) || undefined;
  } catch {
    return undefined;
  }
}
