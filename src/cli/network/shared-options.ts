/** Options that several commands have in common. */
import { Option } from 'commander';
import { flavours } from '../../isolation/policies/flavours.ts';

export const text = (value: string): string => value;

/** An option that may be given several times. */
export const collect = (value: string, before: readonly string[] | null): readonly string[] => [
  ...(before ?? []),
  value,
];

export const snapshotOption = (): Option =>
  new Option('--snapshot <file>', 'saved snapshot; default asks Kafka').default(null);

/** The caller says what none means. */
export const manifestsOption = (): Option =>
  new Option(
    '--manifests <path>',
    'folder or file of manifests, - for standard input; may be repeated',
  ).argParser(collect);

export const clusterOption = (): Option =>
  new Option('--cluster', 'read the live cluster in place of manifests').default(false);

export const contextOption = (): Option =>
  new Option('--context <name>', 'context of the kubeconfig; default the current one').default(
    null,
  );

export const kubeconfigOption = (): Option =>
  new Option('--kubeconfig <file>', 'default KUBECONFIG, ~/.kube/config, or the pod’s own').default(
    null,
  );

export const flavourOption = (): Option =>
  new Option('--flavour <flavour>', 'for whom the policies are')
    .choices([...flavours])
    .default('networkpolicy');

export const failOnOption = (): Option =>
  new Option('--fail-on <severity>', 'exit 1 on findings at least this bad')
    .choices(['error', 'warning', 'note'])
    .default('error');
