import tseslint from 'typescript-eslint';

/** The rooms in import order: a file may import only from its own room and from rooms above it. */
const rooms = [
  'foundation',
  'anonymization/schema',
  'anonymization/annotations',
  'anonymization/rules',
  'anonymization/techniques',
  'anonymization/crypto',
  'anonymization/plan',
  'anonymization/formats',
  'streaming/kafka',
  'streaming/registry',
  'streaming/quarantine',
  'streaming/shard',
  'isolation',
  'assurance',
  'operations',
  'cli',
];

/** The rooms of the network shield that judge policies, and so never import what makes them. */
const proof = [
  'manifests',
  'topology',
  'reachability',
  'findings',
  'verification',
  'cluster',
  'attacks',
  'flows',
];

/** Libraries that only one room may name, so that each can be replaced in one place. */
const homes = {
  '@platformatic/kafka': ['src/streaming/kafka/**'],
  kafkajs: ['src/streaming/kafka/**'],
  pino: ['src/operations/**'],
  'prom-client': ['src/operations/**'],
  avsc: ['src/anonymization/formats/avro/**'],
  commander: ['src/cli/**', 'src/main.ts'],
  '@kubernetes/client-node': ['src/isolation/cluster/**'],
};

/** `anonymization/` is ordered by what it means, but crypto and techniques are siblings that know each other. */
const below = (room) =>
  rooms
    .slice(rooms.indexOf(room) + 1)
    .filter((other) => !(room === 'anonymization/techniques' && other === 'anonymization/crypto'));

const forbidden = (room) =>
  below(room).map((other) => ({
    regex: `^(\\.\\./)+(${other}|${other.split('/').at(-1)})/`,
    message,
  }));

const message = 'Rooms import one way: see ARCHITECTURE.md';
const shielded = (file) =>
  Object.entries(homes)
    .filter(([, files]) => !files.some((glob) => file.startsWith(glob.replace('**', ''))))
    .map(([name]) => ({ name, message: `Only ${homes[name].join(', ')} may import ${name}` }));

export default tseslint.config(
  { ignores: ['dist/**', 'coverage/**', 'node_modules/**', '.lethe/**'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js', 'scripts/*.mjs'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      'no-console': 'error',
      'no-eval': 'error',
      'no-new-func': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-restricted-imports': ['error', { paths: shielded('src/') }],
    },
  },
  ...rooms.map((room) => ({
    files: [`src/${room}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: shielded(`src/${room}/`),
          patterns: forbidden(room),
        },
      ],
    },
  })),
  // The proof shares nothing with the generator that it judges.
  ...proof.map((room) => ({
    files: [`src/isolation/${room}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: shielded(`src/isolation/${room}/`),
          patterns: [...forbidden('isolation'), { regex: '/policies/', message }],
        },
      ],
    },
  })),
  {
    files: ['src/cli/**/*.ts', 'src/main.ts', 'test/**/*.ts', 'loadtest/**/*.ts', 'scripts/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['test/**/*.ts', 'loadtest/**/*.ts'],
    rules: {
      'no-restricted-imports': 'off',
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', name: ['test', 'it', 'describe', 'suite'], package: 'node:test' },
          ],
        },
      ],
    },
  },
  { files: ['**/*.js', '**/*.mjs'], ...tseslint.configs.disableTypeChecked },
  {
    files: ['**/*.js', '**/*.mjs'],
    rules: {
      ...tseslint.configs.disableTypeChecked.rules,
      'no-restricted-imports': 'off',
      'no-console': 'off',
    },
  },
);
