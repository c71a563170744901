import { link } from '../../anonymization/formats/link.ts';
import { readKeyDirectory } from '../../anonymization/crypto/key-directory.ts';
import { KeyRing } from '../../anonymization/crypto/key-ring.ts';
import type { KeySource } from '../settings.ts';
import { AnonymizingTransformer } from './anonymizing-transformer.ts';
import { PlanStore } from './plan-store.ts';
import type { RecordTransformer } from './record-transformer.ts';
import type { TransformerContext } from './shard-runtime.ts';

/** Reads the keys and makes the product's transformer: every one has a key ring of its own, wiped when it is replaced. */
export async function createAnonymizingTransformer({
  settings,
  cluster,
  resolved,
  ask,
}: TransformerContext): Promise<RecordTransformer> {
  const keys = await readKeyRing(settings.keys);
  const { limits } = settings.service;
  const store = new PlanStore({
    ask,
    link: (plan) => link(plan, keys, limits),
    bound: limits.plans,
    now: () => performance.now(),
  });
  return new AnonymizingTransformer({ settings, cluster, resolved, keys, store });
}

/** @throws KeyError as `readKeyDirectory` and `KeyRing.fromRootKeys` */
export async function readKeyRing({ directory, current }: KeySource): Promise<KeyRing> {
  const { keys } = await readKeyDirectory(directory);
  const ring = KeyRing.fromRootKeys(keys, current);
  for (const key of keys.values()) key.fill(0);
  return ring;
}
