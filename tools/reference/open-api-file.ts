import { ENDPOINTS } from '../../gateway/src/api/endpoints.ts';
import { openApiDocument } from '../../gateway/src/api/open-api.ts';

/** The API of the gateway as an OpenAPI 3.1 document. */
export const openApiFile = (): string =>
  `${JSON.stringify(openApiDocument(ENDPOINTS), undefined, 2)}\n`;
