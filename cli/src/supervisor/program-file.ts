import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// Through the link in node_modules to the workspace itself: below node_modules Node strips no
// types.
const programFile = (specifier: string): string =>
  realpathSync(fileURLToPath(import.meta.resolve(specifier)));

export const workerProgram = (): string => programFile('@feedmill/pod-worker/main');
export const witnessProgram = (): string => programFile('@feedmill/witness/main');
export const connectorProgram = (): string => programFile('@feedmill/producer/main');
export const gatewayProgram = (): string => programFile('@feedmill/gateway/main');
export const consoleProgram = (): string => programFile('@feedmill/console/build/main');
