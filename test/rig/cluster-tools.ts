import { installPackages } from './debian-packages.ts';
import { coredns, helm, kubeconform, kubernetes, kubeRouter, netpolAnalyzer } from './go-tools.ts';
import { containerRuntime } from './kubernetes/container-runtime.ts';
import { kubernetesDefinitions } from './kubernetes-definitions.ts';
import { requireNetworkNamespaces } from './network-sandbox.ts';

/** Has everything ready that tests with a cluster run: the first time takes minutes, since programs are built from source. */
export async function installClusterTools(
  say: (line: string) => void = () => undefined,
): Promise<void> {
  // What can't be had by waiting comes first.
  await requireNetworkNamespaces();
  await installPackages(say);
  // One after the other: each build uses all processors.
  for (const tool of [kubeconform, netpolAnalyzer, kubeRouter, kubernetes, helm, coredns])
    await tool(say);
  await containerRuntime(say);
  await kubernetesDefinitions(say);
}
