import type { Detector, DetectorName } from './detector.ts';
import { email } from './email.ts';
import { iban } from './iban.ts';
import { ipAddress } from './ip-address.ts';
import { nationalId } from './national-id.ts';
import { paymentCard } from './payment-card.ts';
import { phone } from './phone.ts';
import { secret } from './secret.ts';
import { usSsn } from './us-ssn.ts';

/** Every detector by its name. Total: a name without a detector does not compile. */
export const detectors: Readonly<Record<DetectorName, Detector>> = {
  email,
  phone,
  iban,
  'payment-card': paymentCard,
  'ip-address': ipAddress,
  'us-ssn': usSsn,
  'national-id': nationalId,
  secret,
};
