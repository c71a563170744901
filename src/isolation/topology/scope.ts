import { holdsRaw } from './flow-scene.ts';
import type { FlowContext } from './flow-map.ts';

/** Namespaces where everything undeclared is denied, sorted; what raw records pass through outside of them is reported. */
export function scopeOf({ declared, scenes, draft, anonymizer }: FlowContext): readonly string[] {
  const brokers = [...scenes.values()].flatMap((scene) => scene.brokers);
  const used = brokers.filter(({ standing }) => standing !== 'free');
  const places = [anonymizer.place, ...used.map(({ place }) => place)];
  const namespaces = places.flatMap((place) => (place?.kind === 'pods' ? [place.namespace] : []));
  const scope = [...new Set(declared.isolation.scope ?? namespaces)].toSorted();
  for (const { name, place } of brokers.filter(holdsRaw))
    if (place?.kind === 'pods' && !scope.includes(place.namespace))
      draft.find({
        code: 'SCOPE_INCOMPLETE',
        severity: 'error',
        subject: name,
        message: `the namespace "${place.namespace}" of the raw broker is not in isolation.scope, so nothing is denied there`,
        remedy: `add "${place.namespace}" to isolation.scope.namespaces`,
      });
  if (anonymizer.place?.kind === 'pods' && !scope.includes(anonymizer.place.namespace))
    draft.find({
      code: 'SCOPE_INCOMPLETE',
      severity: 'warning',
      subject: 'anonymizer',
      message: `the namespace "${anonymizer.place.namespace}" of the anonymizer is not in isolation.scope, so it may talk to anybody`,
      remedy: `add "${anonymizer.place.namespace}" to isolation.scope.namespaces`,
    });
  return scope;
}
