/** The node user of the image; nothing runs as root. */
const USER_ID = 1000;

/** What every pod has: no root, no token, and nothing that the kernel need not do for it. */
export const podSecurity = {
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  securityContext: {
    runAsNonRoot: true,
    runAsUser: USER_ID,
    runAsGroup: USER_ID,
    fsGroup: USER_ID,
    // Only once, not at each start: a large volume takes minutes.
    fsGroupChangePolicy: 'OnRootMismatch',
    seccompProfile: { type: 'RuntimeDefault' },
  },
} as const;

export const containerSecurity = {
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  },
  // The last words of a process that failed become the pod's status.
  terminationMessagePolicy: 'FallbackToLogsOnError',
  imagePullPolicy: 'IfNotPresent',
} as const;

/** Programs of the image, by the name that its entry point knows them under. */
export type Program = 'worker' | 'connector' | 'migrate';

export const secretEnvironment = (
  variable: string,
  { name, key }: { readonly name: string; readonly key: string },
): object => ({ name: variable, valueFrom: { secretKeyRef: { name, key } } });
