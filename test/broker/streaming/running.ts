import assert from 'node:assert/strict';
import { Service } from '../../../src/streaming/service.ts';
import type { ServiceOptions } from '../../../src/streaming/service.ts';
import type { StreamingSettings } from '../../../src/streaming/settings.ts';
import { eventually, Witness } from './stage.ts';

/** Runs a service while `act` acts, then drains it. */
export async function running(
  settings: StreamingSettings,
  act: (service: Service, witness: Witness) => Promise<void>,
  options: ServiceOptions = {},
): Promise<Witness> {
  const witness = new Witness();
  const service = new Service(settings, witness, options);
  let drained = false;
  try {
    await service.start();
    await act(service, witness);
  } finally {
    drained = await service.stop(15_000);
  }
  assert.equal(drained, true, 'drained in time');
  return witness;
}

/** Waits until the service has written so many records in all. */
export async function written(witness: Witness, count: number, patience = 30_000): Promise<void> {
  try {
    await eventually('records', () => (witness.outcomes()['WRITTEN'] ?? 0) >= count, patience);
  } catch {
    const last = JSON.stringify(witness.events.slice(-4));
    assert.fail(`${count} records written: ${JSON.stringify(witness.outcomes())}, last ${last}`);
  }
}
