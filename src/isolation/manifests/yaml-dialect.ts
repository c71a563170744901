/**
 * YAML as Kubernetes reads it: sigs.k8s.io/yaml is YAML 1.1 without its dates and base 60. Read by YAML 1.2, `hostNetwork: yes` were a
 * text, `port: 0100` were 100 and not 64, and the label `app: y` would be accepted here and refused by the API server.
 */
import type { DocumentOptions, ParseOptions, ScalarTag, SchemaOptions, Tags } from 'yaml';

/** Go's ParseInt with base 0 also takes the octal notation of YAML 1.2. */
const octal: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?0o[0-7_]+$/,
  resolve: (text) =>
    (text.startsWith('-') ? -1 : 1) * parseInt(text.replaceAll(/[-+_]|0o/g, ''), 8),
};

const dates = new Set(['intTime', 'floatTime', 'tag:yaml.org,2002:timestamp']);

function asInGo(tags: Tags): Tags {
  const kept = tags.filter((tag) => {
    if (typeof tag === 'string') return !dates.has(tag);
    return !dates.has(tag.tag) && !('format' in tag && tag.format === 'TIME');
  });
  return [octal, ...kept];
}

/** Options for the parser; duplicate keys and errors are left to its caller. */
export const kubernetesYaml: DocumentOptions & ParseOptions & SchemaOptions = {
  schema: 'yaml-1.1',
  customTags: asInGo,
  merge: true,
  prettyErrors: false,
  // The library would print a warning of its own about keys that are no texts.
  logLevel: 'error',
  // The library compares every key with every other.
  uniqueKeys: false,
};
