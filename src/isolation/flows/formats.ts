/** The formats by name, and how an unknown log is told from its first lines. */
import { calicoParser, isCalico } from './formats/calico.ts';
import { hubbleParser, isHubble } from './formats/hubble.ts';
import { isKafkaAuthorizer, kafkaAuthorizerParser } from './formats/kafka-authorizer.ts';
import {
  isKubeNetworkPolicies,
  kubeNetworkPoliciesParser,
} from './formats/kube-network-policies.ts';
import { isNetfilter, netfilterParser } from './formats/netfilter.ts';
import { entryOf } from './json-entry.ts';
import { LineRefusal, type LineParser } from './parsed-line.ts';
import type { FlowFormat, FlowVerdict } from './observed-flow.ts';

/** A parser for one stream of a format. @param unmarked verdict of netfilter packets whose rule does not tell it */
export function lineParser(format: FlowFormat, unmarked: FlowVerdict = 'unknown'): LineParser {
  switch (format) {
    case 'hubble':
      return hubbleParser();
    case 'calico':
      return calicoParser();
    case 'kube-network-policies':
      return kubeNetworkPoliciesParser();
    case 'netfilter':
      return netfilterParser(unmarked);
    case 'kafka':
      return kafkaAuthorizerParser();
  }
}

/** The format that a line belongs to; null where it may be of any. */
export function formatOf(line: string): FlowFormat | null {
  if (isKafkaAuthorizer(line)) return 'kafka';
  try {
    const { entry } = entryOf(line);
    if (isHubble(entry)) return 'hubble';
    if (isCalico(entry)) return 'calico';
    if (isKubeNetworkPolicies(entry)) return 'kube-network-policies';
    return isNetfilter(entry) ? 'netfilter' : null;
  } catch (error) {
    if (error instanceof LineRefusal) return null;
    throw error;
  }
}
