/** Raw brokers and the anonymizer behind doors of nodes or to the outside. */
import { isBehind } from '../manifests/kinds/exposures.ts';
import { standingOf } from './subjects.ts';
import { some } from './words.ts';
import type { Finding } from '../findings/finding.ts';
import type { Scene } from './scene.ts';

/** One finding for each door. */
export function exposed(scene: Scene): readonly Finding[] {
  const guarded = scene.actors.filter((actor) =>
    ['raw broker', 'anonymizer'].includes(standingOf(scene, actor)),
  );
  return scene.input.manifests.exposures.flatMap((exposure) => {
    const behind = guarded.filter(({ workload }) =>
      workload?.shapes.some((shape) => isBehind(exposure, workload.namespace, shape)),
    );
    const [first] = behind;
    if (first === undefined) return [];
    const { kind, by, origin } = exposure;
    return [
      {
        code: 'BROKER_EXPOSED',
        severity: 'error' as const,
        subject: by,
        message: `${by} opens ${kind} to ${some(behind.map(({ label }) => label))}: such packets may come with the address of a node, which policies let in`,
        deciders: [{ policy: by, rule: kind, origin }],
        path: ['outside', kind, first.label],
        remedy: 'select only pods that hold no raw topic, or remove the door',
      },
    ];
  });
}
