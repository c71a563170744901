import { useNames } from './common-services.ts';
import { controllersOf, replicationPort } from './broker-flows.ts';
import type { FlowContext } from './flow-map.ts';
import type { DeclaredOperator } from './isolation-settings.ts';

/** Port of the agent beside Strimzi's brokers and controllers. */
const agentPort = 8443;

/** Metrics of the anonymizer and the brokers, Kafka itself for those who administer it, and what Strimzi's operators need. */
export function addOperator(operator: DeclaredOperator, context: FlowContext): void {
  const { declared, scenes, draft, anonymizer, brokerParty } = context;
  const party = draft.party('operator', operator.name, { kind: 'pods', ...operator.workload });
  // A port of 0 is a free one, which nobody can know before.
  if (operator.scrapes.includes('lethe') && declared.httpPort !== 0)
    draft.flow(party, anonymizer, declared.httpPort, 'metrics');
  for (const scene of scenes.values()) {
    const manages = operator.manages.includes(scene.name);
    for (const broker of scene.brokers) {
      const to = brokerParty(broker);
      if (operator.scrapes.includes('brokers') && broker.metricsPort !== null)
        draft.flow(party, to, broker.metricsPort, 'metrics');
      if (operator.administers.includes(scene.name))
        draft.flow(party, to, broker.port, 'administration');
      if (!manages) continue;
      draft.flow(party, to, replicationPort(broker, declared), 'operation');
      draft.flow(party, to, agentPort, 'agent');
    }
    const controllers = controllersOf(scene.name, declared);
    if (!manages || controllers?.pods == null) continue;
    const to = draft.party('controller', scene.name, { kind: 'pods', ...controllers.pods });
    for (const port of [controllers.port, agentPort]) draft.flow(party, to, port, 'operation');
  }
  useNames(party, context);
}
