/** Which cluster, and as whom: as kubectl finds it. */
import { existsSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { KubernetesError } from './errors.ts';

export interface KubeConfigOptions {
  /** A kubeconfig file; `null`: the files of `KUBECONFIG`, `~/.kube/config`, or the service account of the pod. */
  readonly kubeconfig: string | null;
  /** `null`: the current one. */
  readonly context: string | null;
}

const serviceAccountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * Finds the cluster.
 *
 * @throws KubernetesError `KUBECONFIG_INVALID`
 */
export function loadKubeConfig({ kubeconfig, context }: KubeConfigOptions): KubeConfig {
  const config = new KubeConfig();
  try {
    if (kubeconfig !== null) config.loadFromFile(kubeconfig);
    else config.loadFromDefault();
  } catch (cause) {
    const what = kubeconfig === null ? 'the kubeconfig' : `"${kubeconfig}"`;
    throw new KubernetesError('KUBECONFIG_INVALID', `Name a kubeconfig file: ${what} is none`, {
      cause,
    });
  }
  if (context !== null) {
    if (config.getContextObject(context) === null) {
      const known = config.contexts.map(({ name }) => `"${name}"`).join(', ');
      throw new KubernetesError(
        'KUBECONFIG_INVALID',
        `Choose a context of the kubeconfig: "${context}" is none of ${known || 'none'}`,
      );
    }
    config.setCurrentContext(context);
  }
  // The client falls back to localhost:8080, which is nobody's cluster.
  if (config.currentContext === 'loaded-context' && !existsSync(serviceAccountToken))
    throw new KubernetesError(
      'KUBECONFIG_INVALID',
      'Name a kubeconfig file by --kubeconfig or KUBECONFIG: none was found, and this is no pod',
    );
  if (config.getCurrentCluster() === null || config.getCurrentUser() === null)
    throw new KubernetesError(
      'KUBECONFIG_INVALID',
      `Complete the kubeconfig: context "${config.currentContext}" names no cluster or no user that is there`,
    );
  return config;
}
