import { anchored } from './sections/routes.ts';
import type { ConfigCode } from './errors.ts';
import type { Path } from './document.ts';
import type { AuditSection } from './sections/audit.ts';
import type { IsolationSection } from './sections/isolation.ts';
import type { QuarantineSection, RouteSection } from './sections/routes.ts';
import type { ServiceSection } from './sections/service.ts';

/** A cross-check's finding; the caller adds the place in the file. */
export interface Finding {
  readonly code: ConfigCode;
  readonly path: Path;
  readonly message: string;
}

/** Names used by routes exist; no two routes share a name, a source or a target; nothing that is written is read again. */
export function checkRoutes(
  routes: readonly RouteSection[],
  quarantine: QuarantineSection,
  clusters: readonly string[],
): readonly Finding[] {
  return [
    ...routes.flatMap((route, index) => [
      ...unknownCluster(route.from.cluster, ['routes', index, 'from', 'cluster'], clusters),
      ...unknownCluster(route.to.cluster, ['routes', index, 'to', 'cluster'], clusters),
      ...checkGroups(route, index),
      ...routes.slice(0, index).flatMap((earlier) => checkPair(earlier, route, index)),
      ...checkLoop(route.to, ['routes', index, 'to', 'topic'], routes),
    ]),
    ...unknownCluster(quarantine.cluster, ['quarantine', 'cluster'], clusters),
    ...checkLoop(quarantine, ['quarantine', 'topic'], routes),
    ...routes
      .map((route, index) => ({ route, index }))
      .filter(
        ({ route: { to } }) => to.topic === quarantine.topic && to.cluster === quarantine.cluster,
      )
      .map(({ index }): Finding => ({
        code: 'CONFIG_ROUTE_DUPLICATE',
        path: ['routes', index, 'to', 'topic'],
        message: 'write to another topic than the quarantine topic',
      })),
  ];
}

function unknownCluster(name: string, path: Path, clusters: readonly string[]): readonly Finding[] {
  if (clusters.includes(name)) return [];
  const known = clusters.map((cluster) => `"${cluster}"`).join(', ');
  const message = `name a cluster that is described under kafka (${known}): "${name}" is not`;
  return [{ code: 'CONFIG_REFERENCE_UNKNOWN', path, message }];
}

/** `$1` … of the target must be groups of the pattern. */
function checkGroups(route: RouteSection, index: number): readonly Finding[] {
  const used = [...route.to.topic.matchAll(/\$(\d)/g)].map(([, digit]) => Number(digit));
  if (used.length === 0) return [];
  const { pattern } = route.from;
  const groups =
    pattern === undefined
      ? 0
      : (new RegExp(`${anchored(pattern).source}|`, 'u').exec('')?.length ?? 1) - 1;
  const path = ['routes', index, 'to', 'topic'];
  return used
    .filter((digit) => digit > groups)
    .map((digit) => ({
      code: 'CONFIG_REFERENCE_UNKNOWN',
      path,
      message: `remove "$${digit}" or add a group: from.pattern has ${groups}`,
    }));
}

function checkPair(earlier: RouteSection, route: RouteSection, index: number): readonly Finding[] {
  const findings: Finding[] = [];
  const duplicate = (what: string, ...path: readonly string[]): void => {
    const message = `use another ${what}: route "${earlier.name}" has this one`;
    findings.push({ code: 'CONFIG_ROUTE_DUPLICATE', path: ['routes', index, ...path], message });
  };
  if (earlier.name === route.name) duplicate('name', 'name');
  if (earlier.from.cluster === route.from.cluster && sourcesOverlap(earlier.from, route.from))
    duplicate('source', 'from', route.from.topic === undefined ? 'pattern' : 'topic');
  if (earlier.to.cluster === route.to.cluster && earlier.to.topic === route.to.topic)
    duplicate('target', 'to', 'topic');
  return findings;
}

/** Whether both sources can be one topic. Two different patterns are told apart only at run time, when topics are known. */
function sourcesOverlap(a: RouteSection['from'], b: RouteSection['from']): boolean {
  if (a.topic !== undefined && b.topic !== undefined) return a.topic === b.topic;
  if (a.pattern !== undefined && b.pattern !== undefined) return a.pattern === b.pattern;
  const [topic, pattern] = [a.topic ?? b.topic, a.pattern ?? b.pattern];
  return topic !== undefined && pattern !== undefined && anchored(pattern).test(topic);
}

/** A target that some route reads would be anonymized for ever. */
function checkLoop(
  target: { readonly cluster: string; readonly topic: string },
  path: Path,
  routes: readonly RouteSection[],
): readonly Finding[] {
  const names = possibleNames(target.topic, routes);
  return routes
    .filter(({ from }) => from.cluster === target.cluster)
    .filter(({ from }) =>
      from.topic !== undefined
        ? names.includes(from.topic)
        : names.some((name) => anchored(from.pattern ?? '').test(name)),
    )
    .map(({ name }) => ({
      code: 'CONFIG_ROUTE_LOOP',
      path,
      message: `write to a topic that no route reads: route "${name}" reads this one`,
    }));
}

/**
 * Names that a target template may give, as far as they can be told without the broker's topics: each `$n` stands for a plain word, and for
 * whatever the routes read. Loops that only real topic names show are refused at run time.
 */
function possibleNames(template: string, routes: readonly RouteSection[]): readonly string[] {
  if (!template.includes('$')) return [template];
  const words = routes.flatMap(({ from }) => {
    if (from.topic !== undefined) return [from.topic];
    const literal = /^(?:[\w-]|\\[.-])+/.exec(from.pattern ?? '')?.[0].replaceAll('\\', '') ?? '';
    return [`${literal}x`, literal];
  });
  return ['x', ...words].map((word) => template.replace(/\$\d/g, word));
}

/** Times and sizes that only make sense together. */
export function checkService(service: ServiceSection): readonly Finding[] {
  const findings: Finding[] = [];
  const hold = (holds: boolean, path: Path, message: string): void => {
    if (!holds) findings.push({ code: 'CONFIG_INCONSISTENT', path: ['service', ...path], message });
  };
  const { sessionTimeout, heartbeatInterval, rebalanceTimeout, transaction, limits } = service;
  hold(
    heartbeatInterval * 3 <= sessionTimeout,
    ['heartbeatInterval'],
    'write at most a third of service.sessionTimeout, so that a member may miss two heartbeats',
  );
  hold(
    rebalanceTimeout >= sessionTimeout,
    ['rebalanceTimeout'],
    'write at least service.sessionTimeout',
  );
  hold(
    transaction.maxAge * 2 <= transaction.timeout,
    ['transaction', 'timeout'],
    'write at least twice service.transaction.maxAge',
  );
  hold(
    transaction.maxBytes <= limits.inFlightBytes,
    ['transaction', 'maxBytes'],
    'write at most service.limits.inFlightBytes',
  );
  hold(
    limits.recordBytes <= limits.inFlightBytes,
    ['limits', 'recordBytes'],
    'write at most service.limits.inFlightBytes',
  );
  hold(
    limits.partitionFetchBytes <= limits.fetchBytes,
    ['limits', 'partitionFetchBytes'],
    'write at most service.limits.fetchBytes',
  );
  hold(
    limits.fetchBytes <= limits.inFlightBytes,
    ['limits', 'fetchBytes'],
    'write at most service.limits.inFlightBytes',
  );
  return findings;
}

/** The network shield names clusters that exist, everybody once, and in mode `listener` the port that sets others apart. */
export function checkIsolation(
  isolation: IsolationSection,
  clusters: readonly string[],
): readonly Finding[] {
  const { mode, brokers, clients, operators, flows } = isolation;
  const findings: Finding[] = [];
  for (const [name, group] of Object.entries(brokers)) {
    findings.push(...unknownCluster(name, ['isolation', 'brokers', name], clusters));
    if (mode === 'listener' && group.openPort === undefined)
      findings.push({
        code: 'CONFIG_INCONSISTENT',
        path: ['isolation', 'brokers', name],
        message: 'add openPort, or choose another isolation.mode than listener',
      });
  }
  for (const [index, { cluster }] of clients.entries())
    findings.push(...unknownCluster(cluster, ['isolation', 'clients', index, 'cluster'], clusters));
  for (const [index, { administers, manages }] of operators.entries())
    for (const [key, names] of Object.entries({ administers, manages }))
      for (const [at, cluster] of names.entries()) {
        const path = ['isolation', 'operators', index, key, at];
        findings.push(...unknownCluster(cluster, path, clusters));
      }
  for (const [list, entries] of Object.entries({ clients, operators, flows }))
    for (const [index, { name }] of entries.entries())
      if (entries.findIndex((other) => other.name === name) < index)
        findings.push({
          code: 'CONFIG_INCONSISTENT',
          path: ['isolation', list, index, 'name'],
          message: 'use another name: an earlier entry has this one',
        });
  return findings;
}

/** The auditor accepts finds of routes that exist, and keeps its positions apart from those of the anonymizer. */
export function checkAudit(
  { allow, groupId }: AuditSection,
  routes: readonly RouteSection[],
  service: ServiceSection,
): readonly Finding[] {
  const known = new Set(routes.map(({ name }) => name));
  const findings = allow.flatMap(({ route }, index): readonly Finding[] =>
    known.has(route)
      ? []
      : [
          {
            code: 'CONFIG_REFERENCE_UNKNOWN',
            path: ['audit', 'allow', index, 'route'],
            message: `name a route of the file: it has no "${route}"`,
          },
        ],
  );
  if (groupId !== service.groupId) return findings;
  return [
    ...findings,
    {
      code: 'CONFIG_INCONSISTENT',
      path: ['audit', 'groupId'],
      message: 'choose another group than service.groupId',
    },
  ];
}
