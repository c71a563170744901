/** The service's own configuration, where the manifests carry it: a ConfigMap with `lethe.yaml`. */
import type { Field } from '../field.ts';
import type { Labels } from '../labels.ts';
import type { Origin } from '../objects.ts';

/** Key of the ConfigMap. */
export const configurationKey = 'lethe.yaml';

export interface EmbeddedConfiguration {
  /** `namespace/name` of the ConfigMap. */
  readonly name: string;
  readonly labels: Labels;
  readonly text: string;
  readonly origin: Origin;
}

/** Undefined for a ConfigMap of anything else. */
export function parseConfiguration(root: Field): EmbeddedConfiguration | undefined {
  const data = root.at('data').raw;
  if (typeof data !== 'object' || data === null || !Object.hasOwn(data, configurationKey))
    return undefined;
  const metadata = root.at('metadata');
  const namespace = metadata.at('namespace').text() ?? 'default';
  return {
    name: `${namespace}/${metadata.at('name').required()}`,
    labels: metadata.at('labels').labels(),
    text: root.at('data').at(configurationKey).required(),
    origin: root.lazyOrigin(),
  };
}
