/** Single edits of a set of NetworkPolicies: slips that open or close something, and others that mean the same. */
import { parseAllDocuments } from 'yaml';

/** A Kubernetes object as it is written. */
export interface PolicyText {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** One edit: the whole set afterwards. */
export interface Edit {
  /** What was done, such as `kafka/lethe-broker-main-11-ingress ingress[0].from[1]: podSelector emptied`. */
  readonly name: string;
  /** The policy that was edited or added, as `Kind namespace/name`; null where there is none any more. */
  readonly culprit: string | null;
  readonly policies: readonly PolicyText[];
}

interface Peer {
  readonly namespaceSelector?: Selector;
  readonly podSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values: readonly string[];
  }[];
}

interface Port {
  readonly protocol?: string;
  readonly port?: number;
  readonly endPort?: number;
}

type Side = 'from' | 'to';
type Rule = Readonly<Partial<Record<Side, readonly Peer[]>>> & { readonly ports?: readonly Port[] };
type Edited<T> = readonly (readonly [string, T | undefined])[];

/** How many edits of NetworkPolicies are tried, evenly spread over all of them; of the other flavours a fifth of that. */
export const mostEdits = Number(process.env['LETHE_MUTATIONS'] ?? 320);

/** At most so many of the items, evenly spread. */
export function spread<T>(items: readonly T[], most: number): readonly T[] {
  const step = Math.max(1, items.length / most);
  const count = Math.min(most, items.length);
  return Array.from({ length: count }, (_, at) => items[Math.floor(at * step)]!);
}

/** The policies of a YAML stream. */
export const policiesIn = (text: string): readonly PolicyText[] =>
  parseAllDocuments(text).flatMap((document) => {
    const value = document.toJS() as PolicyText | null;
    return value?.kind.endsWith('Policy') === true ? [value] : [];
  });

export const refOf = ({ kind, metadata: { namespace, name } }: PolicyText): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;

/** The object without one field. */
export const without = <T extends object>(value: T, key: string): T =>
  Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)) as T;

/** Edits that may change what is allowed; whether one does is for an oracle to say. */
export function* slips(policies: readonly PolicyText[]): Generator<Edit> {
  for (const [at, policy] of policies.entries()) {
    const ref = refOf(policy);
    yield { name: `${ref}: deleted`, culprit: null, policies: policies.toSpliced(at, 1) };
    for (const [name, edited] of policySlips(policy))
      yield {
        name: `${ref} ${name}`,
        culprit: ref,
        policies: policies.with(at, edited!),
      };
  }
  for (const stranger of strangers) {
    const name = `${refOf(stranger)}: added by another owner`;
    yield { name, culprit: refOf(stranger), policies: [...policies, stranger] };
  }
}

function policySlips(policy: PolicyText): Edited<PolicyText> {
  const { spec } = policy;
  const withSpec = (changed: Readonly<Record<string, unknown>>): PolicyText => ({
    ...policy,
    spec: { ...spec, ...changed },
  });
  const elsewhere = { ...policy, metadata: { ...policy.metadata, namespace: 'shop' } };
  return [
    ['policyTypes removed', { ...policy, spec: without(spec, 'policyTypes') }],
    ['policyTypes: Ingress only', withSpec({ policyTypes: ['Ingress'] })],
    ['policyTypes: Egress only', withSpec({ policyTypes: ['Egress'] })],
    ['policyTypes: both', withSpec({ policyTypes: ['Ingress', 'Egress'] })],
    ['moved into another namespace', elsewhere],
    ...selectorSlips(spec['podSelector'] as Selector).map(
      ([name, podSelector]) => [`podSelector ${name}`, withSpec({ podSelector })] as const,
    ),
    ...(['ingress', 'egress'] as const).flatMap((direction) => {
      const rules = (spec[direction] ?? []) as readonly Rule[];
      const side = direction === 'ingress' ? 'from' : 'to';
      return [
        [`${direction}: rule without peers added`, withSpec({ [direction]: [...rules, {}] })],
        ...rules.flatMap((rule, at) =>
          ruleSlips(rule, side).map(
            ([name, edited]) =>
              [
                `${direction}[${at}]${name}`,
                withSpec({
                  [direction]:
                    edited === undefined ? rules.toSpliced(at, 1) : rules.with(at, edited),
                }),
              ] as const,
          ),
        ),
      ] as Edited<PolicyText>;
    }),
  ];
}

function ruleSlips(rule: Rule, side: Side): Edited<Rule> {
  const peers = rule[side] ?? [];
  const ports = rule.ports ?? [];
  return [
    [': removed', undefined],
    [': emptied to allow all', {}],
    [`: "${side}" removed`, without(rule, side)],
    [`: "${side}" emptied`, { ...rule, [side]: [] }],
    [': "ports" removed', without(rule, 'ports')],
    [': ipBlock added', { ...rule, [side]: [...peers, { ipBlock: { cidr: '10.0.0.0/8' } }] }],
    [': the whole namespace added', { ...rule, [side]: [...peers, { podSelector: {} }] }],
    [': UDP twin added', { ...rule, ports: [...ports, { ...ports[0], protocol: 'UDP' }] }],
    [
      ': named port added',
      { ...rule, ports: [...ports, { protocol: 'TCP', port: 'jmx' }] } as Rule,
    ],
    ...peers.flatMap((peer, at) =>
      peerSlips(peer).map(
        ([name, edited]) =>
          [
            `.${side}[${at}]${name}`,
            {
              ...rule,
              [side]: edited === undefined ? peers.toSpliced(at, 1) : peers.with(at, edited),
            },
          ] as const,
      ),
    ),
    ...ports.flatMap((port, at) =>
      portSlips(port).map(
        ([name, edited]) =>
          [
            `.ports[${at}]${name}`,
            {
              ...rule,
              ports: edited === undefined ? ports.toSpliced(at, 1) : ports.with(at, edited),
            },
          ] as const,
      ),
    ),
  ];
}

function peerSlips(peer: Peer): Edited<Peer> {
  const { namespaceSelector, podSelector, ipBlock } = peer;
  if (ipBlock !== undefined)
    return [
      [': removed', undefined],
      [': except dropped', { ipBlock: { cidr: ipBlock.cidr } }],
      [': widened to the world', { ipBlock: { cidr: '0.0.0.0/0' } }],
    ];
  return [
    [': removed', undefined],
    [': widened to the world', { ipBlock: { cidr: '0.0.0.0/0' } }],
    ...(podSelector === undefined
      ? []
      : [
          [': namespaceSelector removed', { podSelector }] as const,
          ...selectorSlips(podSelector).map(
            ([name, edited]) =>
              [`: podSelector ${name}`, { ...peer, podSelector: edited }] as const,
          ),
        ]),
    ...(namespaceSelector === undefined
      ? []
      : [
          [': podSelector removed', { namespaceSelector }] as const,
          ...selectorSlips(namespaceSelector).map(
            ([name, edited]) =>
              [`: namespaceSelector ${name}`, { ...peer, namespaceSelector: edited }] as const,
          ),
        ]),
  ] as Edited<Peer>;
}

function selectorSlips({ matchLabels = {}, matchExpressions = [] }: Selector): Edited<Selector> {
  return [
    ['emptied', {}],
    ...Object.entries(matchLabels).flatMap(([key, value]) => [
      [`${key} changed`, { matchLabels: { ...matchLabels, [key]: `${value}x` } }] as const,
      [
        `${key} made any value`,
        { matchExpressions: [{ key, operator: 'Exists' }] } as unknown as Selector,
      ] as const,
      [
        `${key} negated`,
        { matchExpressions: [{ key, operator: 'NotIn', values: [value] }] },
      ] as const,
    ]),
    ...matchExpressions.flatMap(({ key, operator, values }) => [
      [
        `${key} negated`,
        { matchExpressions: [{ key, operator: operator === 'In' ? 'NotIn' : 'In', values }] },
      ] as const,
      ...values.map(
        (value) =>
          [
            `${key} without ${value}`,
            {
              matchExpressions: [
                {
                  key,
                  operator,
                  values: values.length > 1 ? values.filter((one) => one !== value) : ['none'],
                },
              ],
            },
          ] as const,
      ),
    ]),
  ];
}

function portSlips(port: Port): Edited<Port> {
  const number = port.port ?? 0;
  return [
    [': removed', undefined],
    [': number changed', { ...port, port: number + 1 }],
    [': endPort added', { ...port, endPort: number + 1 }],
    [': widened downward', { ...port, port: number - 1, endPort: number }],
    [': number removed', { protocol: port.protocol ?? 'TCP' }],
    [': protocol removed', without(port, 'protocol')],
    [': protocol changed', { ...port, protocol: port.protocol === 'UDP' ? 'TCP' : 'UDP' }],
    [': protocol SCTP', { ...port, protocol: 'SCTP' }],
  ];
}

const added = (
  namespace: string,
  name: string,
  spec: Readonly<Record<string, unknown>>,
): PolicyText => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { namespace, name },
  spec,
});

/** What others may put beside ours: some open, some close, some do neither. */
const strangers: readonly PolicyText[] = [
  added('kafka', 'allow-all', { podSelector: {}, ingress: [{}] }),
  added('kafka', 'allow-all-egress', { podSelector: {}, policyTypes: ['Egress'], egress: [{}] }),
  added('kafka', 'listeners', {
    podSelector: { matchLabels: { app: 'kafka' } },
    ingress: [{ ports: [{ port: 9093 }] }],
  }),
  added('kafka', 'metrics', {
    podSelector: { matchLabels: { app: 'kafka' } },
    ingress: [{ ports: [{ port: 9404 }] }],
  }),
  added('kafka', 'jmx', { podSelector: {}, ingress: [{ ports: [{ port: 9999 }] }] }),
  added('kafka', 'namespace', { podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] }),
  added('kafka', 'everybody', {
    podSelector: {},
    ingress: [{ from: [{ namespaceSelector: {} }] }],
  }),
  added('kafka', 'world', {
    podSelector: {},
    ingress: [{ from: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } }] }],
  }),
  added('kafka', 'web', {
    podSelector: { matchLabels: { app: 'kafka' } },
    ingress: [
      { from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } } }] },
    ],
  }),
  added('kafka', 'operator', {
    podSelector: {},
    ingress: [
      {
        from: [
          {
            namespaceSelector: {},
            podSelector: { matchLabels: { 'strimzi.io/kind': 'cluster-operator' } },
          },
        ],
        ports: [{ port: 9093 }],
      },
    ],
  }),
  added('kafka', 'second-deny', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }),
  added('kafka', 'repeats-ours', {
    podSelector: { matchLabels: { app: 'kafka' } },
    ingress: [
      {
        from: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'lethe' } },
            podSelector: { matchLabels: { app: 'lethe' } },
          },
        ],
        ports: [{ port: 9093 }],
      },
    ],
  }),
  added('lethe', 'internet', {
    podSelector: {},
    policyTypes: ['Egress'],
    egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }], ports: [{ port: 443 }] }],
  }),
  added('lethe', 'allow-all', {
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{}],
    egress: [{}],
  }),
  added('lethe', 'debug', {
    podSelector: { matchLabels: { app: 'lethe' } },
    ingress: [{ from: [{ podSelector: {} }] }],
  }),
  added('lethe', 'any-dns', {
    podSelector: {},
    policyTypes: ['Egress'],
    egress: [{ ports: [{ protocol: 'UDP', port: 53 }] }],
  }),
  added('crm', 'deny', { podSelector: {}, policyTypes: ['Egress'] }),
  added('lake', 'deny', {
    podSelector: { matchLabels: { app: 'lake' } },
    policyTypes: ['Egress'],
    egress: [{ ports: [{ port: 443 }] }],
  }),
  added('monitoring', 'deny', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }),
  added('kube-system', 'deny', { podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }),
];

/** Edits that must not change anything. */
export function* neutrals(policies: readonly PolicyText[]): Generator<Edit> {
  yield { name: 'policies in reverse order', culprit: null, policies: policies.toReversed() };
  for (const [at, policy] of policies.entries())
    for (const [name, edited] of neutral(policy))
      yield {
        name: `${refOf(policy)} ${name}`,
        culprit: null,
        policies: policies.toSpliced(at, 1, ...edited),
      };
  const stranger = added('shop', 'own', {
    podSelector: { matchLabels: { app: 'web' } },
    ingress: [{ ports: [{ port: 80 }] }],
  });
  yield {
    name: 'a policy of a namespace that is not ours',
    culprit: null,
    policies: [...policies, stranger],
  };
}

function neutral(policy: PolicyText): readonly (readonly [string, readonly PolicyText[]])[] {
  const { metadata, spec } = policy;
  const direction = spec['ingress'] === undefined ? 'egress' : 'ingress';
  const side = direction === 'ingress' ? 'from' : 'to';
  const rules = (spec[direction] ?? []) as readonly Rule[];
  const withRules = (changed: readonly Rule[]): PolicyText => ({
    ...policy,
    spec: { ...spec, [direction]: changed },
  });
  const common = [
    ['renamed', [{ ...policy, metadata: { ...metadata, name: `${metadata.name}-2` } }]],
    ['annotated', [{ ...policy, metadata: { ...metadata, annotations: { note: 'x' } } }]],
    [
      'twice under two names',
      [policy, { ...policy, metadata: { ...metadata, name: `${metadata.name}-2` } }],
    ],
    [
      'selector in other words',
      [{ ...policy, spec: { ...spec, podSelector: reworded(spec['podSelector'] as Selector) } }],
    ],
  ] as const;
  if (rules.length === 0) return common;
  return [
    ...common,
    ['rules reversed', [withRules(rules.toReversed())]],
    ['rules twice', [withRules([...rules, ...rules])]],
    [
      'peers reversed',
      [withRules(rules.map((rule) => ({ ...rule, [side]: rule[side]!.toReversed() })))],
    ],
    [
      'peers split into rules',
      [
        withRules(
          rules.flatMap((rule) => rule[side]!.map((peer) => ({ ...rule, [side]: [peer] }))),
        ),
      ],
    ],
    [
      'ports split into rules',
      [withRules(rules.flatMap((rule) => rule.ports!.map((port) => ({ ...rule, ports: [port] }))))],
    ],
    [
      'ports as ranges of one',
      [
        withRules(
          rules.map((rule) => ({
            ...rule,
            ports: rule.ports!.map((port) => ({ ...port, endPort: port.port! })),
          })),
        ),
      ],
    ],
    [
      'TCP left out',
      [
        withRules(
          rules.map((rule) => ({
            ...rule,
            ports: rule.ports!.map(({ protocol, ...rest }) =>
              protocol === 'TCP' ? rest : { ...rest, protocol: protocol! },
            ),
          })),
        ),
      ],
    ],
    [
      'peers in other words',
      [withRules(rules.map((rule) => ({ ...rule, [side]: rule[side]!.map(rewordedPeer) })))],
    ],
    [
      'one policy a rule',
      rules.map((rule, at) => ({
        ...withRules([rule]),
        metadata: { ...metadata, name: `${metadata.name}-${at}` },
      })),
    ],
    [
      'empty list of the other direction',
      [{ ...policy, spec: { ...spec, [direction === 'ingress' ? 'egress' : 'ingress']: [] } }],
    ],
  ];
}

const reworded = ({ matchLabels = {}, matchExpressions = [] }: Selector): Selector => ({
  matchExpressions: [
    ...Object.entries(matchLabels).map(([key, value]) => ({
      key,
      operator: 'In',
      values: [value],
    })),
    ...matchExpressions.map((one) => ({ ...one, values: one.values.toReversed() })),
  ],
});

const rewordedPeer = ({ namespaceSelector, podSelector, ...rest }: Peer): Peer => ({
  ...rest,
  ...(namespaceSelector && { namespaceSelector: reworded(namespaceSelector) }),
  ...(podSelector && { podSelector: reworded(podSelector) }),
});
