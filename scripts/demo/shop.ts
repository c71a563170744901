/**
 * A web shop that makes its events up: deterministic for a seed, with the personal values of each event listed beside it, so that the
 * demo can look for every one of them on the sanitized side.
 */
import { Random } from './random.ts';
import { words } from './words.ts';

export const topics = ['customers', 'orders', 'payments', 'support-tickets'] as const;
export type TopicName = (typeof topics)[number];

export interface ShopEvent {
  readonly topic: TopicName;
  readonly key: string;
  /** In the shape that the Avro library takes; null is a tombstone. */
  readonly value: Readonly<Record<string, unknown>> | null;
  /** Values that must not be found on the other side, eight bytes or longer. */
  readonly secrets: readonly (string | Buffer)[];
}

interface Person {
  readonly id: string;
  readonly given: string;
  readonly family: string;
  readonly email: string;
  readonly street: string;
  readonly zip: string;
  readonly country: string;
  readonly ip: string;
}

const EPOCH = Date.UTC(2026, 0, 5, 8);

export class Shop {
  readonly #random: Random;
  readonly #people: Person[] = [];
  readonly #orders: { readonly id: string; readonly person: Person }[] = [];
  #count = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  /** The next event. Customers come before their orders, orders before their payments, as in life. */
  next(): ShopEvent {
    const random = this.#random;
    this.#count++;
    if (this.#people.length < 5) return this.#customer();
    if (this.#orders.length < 5) return this.#order(random.pick(this.#people));
    const roll = random.next();
    if (roll < 0.2) return this.#customer();
    if (roll < 0.65) return this.#order(random.pick(this.#people));
    if (roll < 0.9) return this.#payment();
    return this.#ticket(random.pick(this.#people));
  }

  #customer(): ShopEvent {
    const random = this.#random;
    if (this.#people.length > 50 && random.chance(0.02)) return this.#forgotten();
    const given = random.pick(words.given);
    const family = `${random.pick(words.family)}-${random.pick(words.family)}`;
    const person: Person = {
      id: `C-${String(this.#people.length + 1).padStart(7, '0')}-${random.digits(4)}`,
      given,
      family,
      email:
        `${given}.${family}${random.between(1, 999)}@${random.pick(words.mailHost)}`.toLowerCase(),
      street: `${random.pick(words.street)} ${random.between(1, 240)}`,
      zip: random.digits(5),
      country: random.pick(words.country),
      ip: this.#address(),
    };
    this.#people.push(person);
    const phone = random.chance(0.8) ? `+${random.between(31, 48)} ${random.digits(9)}` : null;
    const account = `@${given.toLowerCase()}_${random.digits(6)}`;
    const value = {
      id: person.id,
      email: person.email,
      name: { given, family },
      phone,
      birthDate: random.chance(0.9) ? random.between(-7000, 13_000) : null,
      address: {
        street: person.street,
        zip: person.zip,
        city: random.pick(words.city),
        country: person.country,
      },
      lastAddress: random.chance(0.7) ? person.ip : null,
      segment: random.pick(['NEW', 'REGULAR', 'GOLD', 'LOST']),
      points: random.between(0, 25_000),
      consents: { newsletter: random.chance(0.5), profiling: random.chance(0.3) },
      profiles: random.chance(0.6) ? { [random.pick(words.network)]: account } : {},
      createdAt: this.#now(),
    };
    return this.#event('customers', person.id, value, [
      ...this.#secretsOf(person),
      account,
      ...(phone === null ? [] : [phone]),
    ]);
  }

  /** A tombstone: the shop was asked to forget somebody. */
  #forgotten(): ShopEvent {
    return this.#event('customers', this.#random.pick(this.#people).id, null, []);
  }

  #order(person: Person): ShopEvent {
    const random = this.#random;
    const id = random.uuid();
    this.#orders.push({ id, person });
    const secrets: string[] = [id, ...this.#secretsOf(person)];
    const lines = Array.from({ length: random.between(1, 5) }, () => {
      const giftMessage = random.chance(0.2)
        ? `${random.pick(words.wish)} ${random.pick(words.given)} ${random.pick(words.family)} ${random.digits(6)}`
        : null;
      if (giftMessage !== null) secrets.push(giftMessage);
      return {
        sku: `${random.pick(words.product)}-${random.between(10, 99)}`,
        quantity: random.between(1, 4),
        price: decimal(random.between(199, 99_999)),
        giftMessage,
      };
    });
    const postal = {
      recipient: `${person.given} ${person.family}`,
      street: person.street,
      zip: person.zip,
      country: person.country,
    };
    const device = `Phone-${random.digits(8)}`;
    secrets.push(postal.recipient, device);
    return this.#event(
      'orders',
      person.id,
      {
        id,
        customerId: person.id,
        placedAt: this.#now(),
        status: random.pick(['PLACED', 'PAID', 'SHIPPED', 'RETURNED']),
        lines,
        shipTo: postal,
        billTo: random.chance(0.3) ? postal : null,
        coupons: random.chance(0.2) ? ['SPRING26'] : [],
        attributes: { device, screen: random.between(320, 4000), referrer: null },
        clientAddress: person.ip,
      },
      secrets,
    );
  }

  #payment(): ShopEvent {
    const random = this.#random;
    const { id: orderId, person } = random.pick(this.#orders);
    const id = random.uuid();
    const holder = `${person.given} ${person.family}`;
    const fingerprint = random.bytes(16);
    const { method, secrets } = this.#method(person, holder);
    const refundOf = random.chance(0.1) ? random.uuid() : null;
    return this.#event(
      'payments',
      orderId,
      {
        id,
        orderId,
        amount: decimal(random.between(500, 200_000)),
        currency: random.pick(words.currency),
        bookedAt: this.#now() * 1000,
        valueDate: random.between(20_400, 20_700),
        method,
        fingerprint,
        risk: random.between(0, 1000) / 1000,
        refundOf,
      },
      [id, orderId, holder, fingerprint, ...secrets, ...(refundOf === null ? [] : [refundOf])],
    );
  }

  #method(
    person: Person,
    holder: string,
  ): { readonly method: Record<string, unknown>; readonly secrets: readonly string[] } {
    const random = this.#random;
    const roll = random.next();
    if (roll < 0.5) {
      const number = random.pick(['4', '51', '37']).padEnd(6, '0') + random.digits(10);
      const network = random.pick(['VISA', 'MASTERCARD', 'AMEX']);
      const expires = `${random.between(1, 12)}/${random.between(27, 32)}`;
      return {
        method: { 'shop.billing.Card': { number, holder, expires, network } },
        secrets: [number],
      };
    }
    if (roll < 0.8) {
      const iban = `${person.country}${random.digits(2)}${random.digits(18)}`;
      const reference = `${random.pick(words.wish)} ${person.family} ${random.digits(6)}`;
      return {
        method: { 'shop.billing.BankTransfer': { iban, holder, reference } },
        secrets: [iban, reference],
      };
    }
    return {
      method: { 'shop.billing.Wallet': { provider: 'paywell', account: person.email } },
      secrets: [person.email],
    };
  }

  #ticket(person: Person): ShopEvent {
    const random = this.#random;
    const secrets: (string | Buffer)[] = [...this.#secretsOf(person)];
    const author = `${person.given} ${person.family}`;
    const sessionId = random.uuid();
    secrets.push(author, sessionId);
    const sentence = (): string => {
      const text = `${random.pick(words.trouble)} ${random.pick([person.street, person.email, author])} (${random.digits(8)})`;
      secrets.push(text);
      return text;
    };
    const attachment = (): Record<string, unknown> => {
      const content = random.bytes(24);
      const fileName = `scan-of-passport-${random.digits(6)}.pdf`;
      secrets.push(content, fileName);
      return { fileName, mediaType: 'application/pdf', content };
    };
    const note = (depth: number): Record<string, unknown> => ({
      author,
      text: sentence(),
      answers:
        depth === 0 ? [] : Array.from({ length: random.between(0, 2) }, () => note(depth - 1)),
    });
    const id = random.uuid();
    return this.#event(
      'support-tickets',
      id,
      {
        id,
        customerId: person.id,
        openedAt: this.#now(),
        channel: random.pick(['MAIL', 'CHAT', 'PHONE']),
        subject: sentence(),
        messages: Array.from({ length: random.between(1, 3) }, () => ({
          author,
          sentAt: this.#now(),
          body: sentence(),
          attachments: random.chance(0.2) ? [attachment()] : [],
        })),
        notes: [note(2)],
        sessionId,
        visits: { [person.ip]: random.between(1, 9), [this.#address()]: 1 },
        agentNumber: random.between(1000, 9999),
        satisfaction: random.chance(0.5) ? random.between(1, 5) : null,
      },
      secrets,
    );
  }

  #event(
    topic: TopicName,
    key: string,
    value: ShopEvent['value'],
    secrets: readonly (string | Buffer)[],
  ): ShopEvent {
    const long = secrets.filter((secret) => Buffer.byteLength(secret) >= 8);
    return { topic, key, value, secrets: long };
  }

  #secretsOf(person: Person): string[] {
    return [person.id, person.email, person.family, person.street, person.ip];
  }

  /** An address whose last two numbers are long and never 0.0, so that a truncated one never equals it. */
  #address(): string {
    const random = this.#random;
    return `${random.pick([192, 198, 203])}.${random.between(10, 99)}.${random.between(101, 254)}.${random.between(101, 254)}`;
  }

  /** A clock of its own: seven seconds an event. */
  #now(): number {
    return EPOCH + this.#count * 7000;
  }
}

/** Avro's decimal: the unscaled value, two's complement, big endian. */
function decimal(cents: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(cents);
  return bytes;
}
