import { named } from './flow-finding.ts';
import { holdsRaw } from './flow-scene.ts';
import type { FlowContext } from './flow-map.ts';
import type { DeclaredFlow } from './isolation-settings.ts';

/** A connection that the operator declares by hand. Into a namespace with raw brokers it is told, since its labels may select them. */
export function addDeclaredFlow(
  { name, from, to, protocol, ports }: DeclaredFlow,
  { scenes, draft }: FlowContext,
): void {
  const source = draft.party('other', `${name} from`, from);
  const target = draft.party('other', `${name} to`, to);
  for (const port of ports) draft.flow(source, target, port, name, protocol);
  if (to.kind !== 'pods') return;
  const near = [...scenes.values()]
    .flatMap(({ brokers }) => brokers)
    .filter(holdsRaw)
    .filter(({ place }) => place?.kind === 'pods' && place.namespace === to.namespace);
  if (near.length > 0)
    draft.find({
      code: 'FLOW_INTO_RAW',
      severity: 'warning',
      subject: `flow ${name}`,
      message: `the declared flow leads into the namespace "${to.namespace}" of raw brokers ${named(near.map((broker) => broker.name))}`,
      remedy: 'make sure that its labels select no raw broker, or remove it',
    });
}
