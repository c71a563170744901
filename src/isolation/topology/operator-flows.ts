import type { FlowContext } from './flow-map.ts';
import type { DeclaredOperator } from './isolation-settings.ts';

/** Metrics of the anonymizer and the brokers, and Kafka itself for those who administer it. */
export function addOperator(operator: DeclaredOperator, context: FlowContext): void {
  const { declared, scenes, draft, anonymizer, brokerParty } = context;
  const party = draft.party('operator', operator.name, { kind: 'pods', ...operator.workload });
  // A port of 0 is a free one, which nobody can know before.
  if (operator.scrapes.includes('lethe') && declared.httpPort !== 0)
    draft.flow(party, anonymizer, declared.httpPort, 'metrics');
  for (const scene of scenes.values())
    for (const broker of scene.brokers) {
      if (operator.scrapes.includes('brokers') && broker.metricsPort !== null)
        draft.flow(party, brokerParty(broker), broker.metricsPort, 'metrics');
      if (operator.administers.includes(scene.name))
        draft.flow(party, brokerParty(broker), broker.port, 'administration');
    }
}
