/** Attacks as Kubernetes Jobs: pods that look like the attacker to every policy and hold as little power as a pod can. */
import { createHash } from 'node:crypto';
import type { Attack, AttackSource } from './attack.ts';

/** A Job as JSON, for the API server. */
export interface JobManifest {
  readonly apiVersion: 'batch/v1';
  readonly kind: 'Job';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

export interface JobOptions {
  /** Image with the command line of Lethe. */
  readonly image: string;
  /** What tells the Jobs of this run from those of another. */
  readonly run: string;
  /** Seconds that one probe may take. */
  readonly timeout: number;
  /** Whether pods on the network of their node may be made; the namespace's Pod Security must allow it. */
  readonly hostNetwork: boolean;
}

/** Where the destination is, now that the cluster was asked. */
export interface ResolvedDestination {
  readonly address: string;
  /** The node of the destination pod; `null` for what is no pod. */
  readonly node: string | null;
}

/** Labels by which Jobs of attacks are found and removed. */
export const jobLabels = {
  'app.kubernetes.io/managed-by': 'lethe',
  'app.kubernetes.io/component': 'attack-probe',
} as const;

/** A condition that nobody ever sets: no Service takes the pod for an endpoint of the workload that it looks like. */
const neverReady = 'lethe/never-ready';

/** Why an attack can't be tried by a Job; undefined where it can. */
export function unfit(
  { technique, destination }: Pick<Attack, 'technique' | 'destination'>,
  source: AttackSource,
  { hostNetwork }: Pick<JobOptions, 'hostNetwork'>,
): string | undefined {
  if (technique !== 'connect') return `a Job can't make a connection of the kind "${technique}"`;
  if (source.kind === 'external') return 'a Job is no host outside of the cluster';
  if (source.kind === 'pod' && source.hostNetwork && !hostNetwork)
    return 'pods on the network of their node are made with --host-network only';
  if (destination.protocol === 'SCTP') return 'Node.js speaks no SCTP';
  return undefined;
}

/** The Job that tries an attack from a source; give the attack's own source, or its control. */
export function jobOf(
  attack: Attack,
  source: Exclude<AttackSource, { kind: 'external' }>,
  { address, node }: ResolvedDestination,
  { image, timeout, run }: JobOptions,
): JobManifest {
  const { protocol, port } = attack.destination;
  const hash = createHash('sha256')
    .update(JSON.stringify([run, attack.id, source]))
    .digest('hex')
    .slice(0, 10);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: `lethe-attack-${hash}`,
      namespace: source.namespace,
      labels: jobLabels,
      annotations: { 'lethe/attack': attack.id },
    },
    spec: {
      backoffLimit: 0,
      completions: 1,
      parallelism: 1,
      activeDeadlineSeconds: longest(timeout),
      // Should nobody be left to remove it.
      ttlSecondsAfterFinished: 60,
      template: {
        metadata: { labels: attackLabels(source.labels) },
        spec: {
          ...placement(source, node),
          restartPolicy: 'Never',
          serviceAccountName: source.serviceAccount,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 0,
          readinessGates: [{ conditionType: neverReady }],
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65532,
            runAsGroup: 65532,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [
            {
              name: 'probe',
              image,
              args: [
                ...['network', 'probe', '--live'],
                ...['--protocol', protocol.toLowerCase()],
                ...['--host', address],
                ...['--port', String(port)],
                ...['--timeout', `${timeout}s`],
                // Policies may need a moment after the start of a pod, to deny as well as to allow.
                ...['--delay', `${settleSeconds}s`],
                ...['--attempts', String(attempts)],
                ...['--report', '/dev/termination-log'],
              ],
              terminationMessagePath: '/dev/termination-log',
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              resources: {
                requests: { cpu: '10m', memory: '64Mi' },
                limits: { memory: '128Mi' },
              },
            },
          ],
        },
      },
    },
  };
}

/** Seconds that scheduling, pulling the image and starting may take. */
const startSeconds = 60;
const settleSeconds = 3;
const attempts = 3;

/** Seconds after which a Job has answered, or never will. */
export const longest = (timeout: number): number =>
  startSeconds + settleSeconds + attempts * (timeout + 1);

/** Set by the Job controller, which refuses a template that has them. */
const ofJobs = /^(batch\.kubernetes\.io\/|job-name$|controller-uid$)/;

const attackLabels = (labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(labels).filter(([key]) => !ofJobs.test(key)));

function placement(
  source: Exclude<AttackSource, { kind: 'external' }>,
  node: string | null,
): Readonly<Record<string, unknown>> {
  if (source.kind === 'workload') return {};
  const host = source.hostNetwork ? { hostNetwork: true } : {};
  if (source.node === 'any' || node === null) return host;
  const operator = source.node === 'destination' ? 'In' : 'NotIn';
  return {
    ...host,
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/hostname', operator, values: [node] }] },
          ],
        },
      },
    },
  };
}
