import { LetheError } from '../../foundation/errors.ts';

/** Why a cluster can't be read at all; what is read in part is a complaint. */
export type KubernetesErrorCode =
  | 'KUBECONFIG_INVALID'
  | 'KUBERNETES_UNREACHABLE'
  | 'KUBERNETES_UNAUTHORIZED'
  | 'KUBERNETES_RESPONSE_INVALID';

export class KubernetesError extends LetheError<KubernetesErrorCode> {}
