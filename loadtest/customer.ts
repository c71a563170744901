/** The record that engines are compared on: twelve fields, six of them protected, about 174 bytes. */
export const customerSchema = {
  type: 'record',
  name: 'Customer',
  fields: [
    { name: 'id', type: 'long', lethe: 'public' },
    { name: 'email', type: 'string', lethe: 'PII' },
    { name: 'firstName', type: 'string', lethe: 'PII' },
    { name: 'lastName', type: 'string', lethe: 'PII' },
    { name: 'phone', type: ['null', 'string'], lethe: 'PII' },
    { name: 'birthDate', type: 'int', lethe: 'public' },
    {
      name: 'address',
      type: {
        type: 'record',
        name: 'Addr',
        fields: [
          { name: 'street', type: 'string', lethe: 'PII' },
          { name: 'city', type: 'string', lethe: 'public' },
          { name: 'zip', type: 'string', lethe: 'PII' },
          { name: 'country', type: 'string', lethe: 'public' },
        ],
      },
    },
    { name: 'balance', type: 'double', lethe: 'public' },
    { name: 'tags', type: { type: 'array', items: 'string' }, lethe: 'public' },
    { name: 'createdAt', type: 'long', lethe: 'public' },
    { name: 'active', type: 'boolean', lethe: 'public' },
    { name: 'segment', type: 'string', lethe: 'public' },
  ],
} as const;

export interface Customer {
  id: number;
  email: string;
  firstName: string;
  lastName: string;
  phone: string | null;
  birthDate: number;
  address: { street: string; city: string; zip: string; country: string };
  balance: number;
  tags: string[];
  createdAt: number;
  active: boolean;
  segment: string;
}

export function makeCustomer(index: number): Customer {
  return {
    id: 1e6 + index,
    email: `user${index}.someone@example${index % 97}.com`,
    firstName: `Firstname${index % 300}`,
    lastName: `Lastnameson${index % 700}`,
    phone: index % 5 === 0 ? null : `+44 7700 9${10000 + index}`,
    birthDate: 9000 + index,
    address: {
      street: `${index} Some Long Street Name`,
      city: 'Amsterdam',
      zip: `10${index}AB`,
      country: 'NL',
    },
    balance: 12.5 * index,
    tags: ['gold', 'newsletter'],
    createdAt: 1.7e12 + index,
    active: true,
    segment: 'premium-customers',
  };
}
