import type { ProducerSpec, ProducerStatus } from './api/producer.ts';
import type { RegionSwitchoverSpec, RegionSwitchoverStatus } from './api/region-switchover.ts';
import type { StreamClusterSpec, StreamClusterStatus } from './api/stream-cluster.ts';
import type { KubeObject, OwnerReference } from './kube/kube-object.ts';

/** Objects of Kubernetes and ours, as far as the operator reads them. */
export interface StreamCluster extends KubeObject {
  readonly spec: StreamClusterSpec;
  readonly status?: Partial<StreamClusterStatus>;
}

export interface Producer extends KubeObject {
  readonly spec: ProducerSpec;
  readonly status?: Partial<ProducerStatus>;
}

export interface RegionSwitchover extends KubeObject {
  readonly spec: RegionSwitchoverSpec;
  readonly status?: Partial<RegionSwitchoverStatus>;
}

export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** A Secret as the operator keeps it: of each value only its SHA-256, in hex. */
export interface SecretDigest extends KubeObject {
  readonly digests: Readonly<Record<string, string>>;
}

export interface StatefulSet extends KubeObject {
  readonly spec: {
    readonly replicas: number;
    readonly template: PodTemplate;
    readonly updateStrategy?: { readonly rollingUpdate?: { readonly partition?: number } };
    readonly volumeClaimTemplates?: readonly VolumeClaim[];
  };
  readonly status?: { readonly observedGeneration?: number; readonly replicas?: number };
}

export interface PodTemplate {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: object;
}

export interface Pod extends KubeObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly containers?: readonly { image?: string }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly conditions?: readonly PodCondition[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

export interface PodCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface ContainerStatus {
  readonly name: string;
  readonly restartCount: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly terminated?: {
    readonly exitCode: number;
    readonly reason?: string;
    readonly message?: string;
    readonly finishedAt?: string;
  };
}

export interface VolumeClaim extends KubeObject {
  readonly spec: {
    readonly resources?: { readonly requests?: Readonly<Record<string, string>> };
    readonly storageClassName?: string;
  };
  readonly status?: {
    readonly phase?: string;
    readonly capacity?: Readonly<Record<string, string>>;
  };
}

export interface Job extends KubeObject {
  readonly spec?: object;
  readonly status?: {
    readonly succeeded?: number;
    readonly failed?: number;
    readonly conditions?: readonly PodCondition[];
  };
}

export interface Deployment extends KubeObject {
  readonly spec?: object;
  readonly status?: { readonly readyReplicas?: number; readonly observedGeneration?: number };
}

/** Makes the garbage collector delete what belongs to an owner that is gone. */
export function ownedBy(owner: KubeObject, apiVersion: string, kind: string): OwnerReference[] {
  const { name, uid = '' } = owner.metadata;
  return [{ apiVersion, kind, name, uid, controller: true }];
}

export const isPodReady = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp === undefined &&
  status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') === true;
