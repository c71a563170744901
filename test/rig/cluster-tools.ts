import { installPackages } from './debian-packages.ts';
import { controlPlane, helm, kubeconform, kubeRouter, netpolAnalyzer } from './go-tools.ts';
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
  for (const tool of [kubeconform, netpolAnalyzer, kubeRouter, controlPlane, helm]) await tool(say);
  await kubernetesDefinitions(say);
}
