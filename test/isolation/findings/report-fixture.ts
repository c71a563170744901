import type { Finding } from '../../../src/isolation/findings/finding.ts';
import type { Report } from '../../../src/isolation/findings/report.ts';

export const finding = (parts: Partial<Finding> = {}): Finding => ({
  code: 'EXCESS_FLOW',
  severity: 'error',
  subject: 'kafka/kafka-0[Pod]',
  message: 'shop/web[Deployment] may reach kafka/kafka-0[Pod] at TCP 9093',
  deciders: [
    {
      policy: 'NetworkPolicy kafka/open',
      rule: 'ingress[0]',
      origin: { file: 'k8s/open policy.yaml', line: 12 },
    },
    {
      policy: 'NetworkPolicy shop/web',
      rule: null,
      origin: { file: 'k8s/web.yaml', line: 3 },
    },
  ],
  path: ['shop/web[Deployment]', 'TCP 9093', 'kafka/kafka-0[Pod]', 'topic raw.orders'],
  remedy: 'generate the policies again',
  ...parts,
});

export const report = (findings: readonly Finding[], parts: Partial<Report> = {}): Report => ({
  command: 'lethe network verify',
  version: '1.2.3',
  verdict: 'not verified',
  passed: false,
  threshold: 'error',
  findings,
  rules: {
    EXCESS_FLOW: { title: 'More than declared', help: 'Declare it.' },
    MISSING_FLOW: { title: 'Less than declared', help: 'Allow it.' },
  },
  statements: ['judged 2 workloads', 'looked up 3 flows'],
  facts: { verified: false },
  home: 'lethe.yaml',
  ...parts,
});

/** Names as only somebody hostile gives them: escapes of terminals and formats, directions of writing, halves of characters. */
export const hostile =
  'a\u001b[31m\r\nb"\'<script>&]]>|`*_[x](http://y)@team #1\u202e\u2028\ud800\0 ok 9 - # SKIP ...\n---';

export const hostileFinding = finding({
  subject: hostile,
  message: hostile,
  remedy: hostile,
  path: [hostile, hostile],
  deciders: [{ policy: hostile, rule: hostile, origin: { file: hostile, line: 7 } }],
});
