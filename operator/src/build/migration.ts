import { envName } from '@feedmill/core/process-config';
import { componentLabels, workerAccount } from '../names.ts';
import type { Job, StreamCluster } from '../objects.ts';
import { containerSecurity, type Program, podSecurity, secretEnvironment } from './pod-parts.ts';

/** How long a migration may take; an index over many rows takes its time. */
const DEADLINE_SECONDS = 3_600;
const ATTEMPTS_MAX = 3;
/** Long enough to be read by people. */
const KEEP_SECONDS = 3_600;

/** One migration for each pair of program and database. */
export const migrationName = (cluster: string, key: string): string => `${cluster}-migrate-${key}`;

/**
 * Brings the database to the schema of an image, before any worker runs that image. The password
 * goes from the Secret into the pod; the operator never sees it.
 */
export function buildMigration({ metadata, spec }: StreamCluster, image: string, key: string): Job {
  const { name, namespace = '' } = metadata;
  const labels = componentLabels(name, 'migration');
  const { imagePullSecrets } = spec;
  return {
    metadata: { name: migrationName(name, key), namespace, labels },
    spec: {
      backoffLimit: ATTEMPTS_MAX,
      activeDeadlineSeconds: DEADLINE_SECONDS,
      ttlSecondsAfterFinished: KEEP_SECONDS,
      template: {
        metadata: { labels },
        spec: {
          ...podSecurity,
          serviceAccountName: workerAccount(name),
          restartPolicy: 'Never',
          ...(imagePullSecrets === undefined ? {} : { imagePullSecrets }),
          containers: [
            {
              name: 'migrate',
              image,
              args: ['migrate' satisfies Program],
              ...containerSecurity,
              env: [secretEnvironment(envName('postgres'), spec.postgres.secretRef)],
              resources: { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '256Mi' } },
            },
          ],
        },
      },
    },
  };
}
