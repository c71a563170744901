/** What the Kubernetes API is, read out of the sources of the very versions that run here, without a network: JSON schemas and custom resources. */
import {
  copyFileSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { installOnce } from './cache.ts';
import { digest, goModule } from './go-tools.ts';
import {
  openApiSchemas,
  resourceSchemas,
  type CustomResourceDefinition,
} from './strict-schemas.ts';

export interface KubernetesDefinitions {
  /** Location of schemas, as kubeconform's option takes it. Unknown fields are refused. */
  readonly schemaLocation: string;
  /** Manifests of custom resources, ready to be applied. */
  readonly customResources: readonly string[];
}

/** Module and files of custom resources; {@link KUBERNETES} is the module of the API itself. */
const customResources: readonly (readonly [module: string, pattern: string])[] = [
  ['sigs.k8s.io/network-policy-api', 'config/crd/standard/policy.networking.k8s.io_*.yaml'],
  [
    'github.com/cilium/cilium',
    'pkg/k8s/apis/cilium.io/client/crds/v2/cilium{,clusterwide}networkpolicies.yaml',
  ],
];
const KUBERNETES = 'k8s.io/kubernetes';

const MODULES = 'definitions';

/** Derives them once. */
export async function kubernetesDefinitions(
  say: (line: string) => void = () => undefined,
): Promise<KubernetesDefinitions> {
  const own = ['kubernetes-definitions.ts', 'strict-schemas.ts'].map((file) =>
    readFileSync(join(import.meta.dirname, file), 'utf8'),
  );
  const home = await installOnce({
    name: `kubernetes-definitions-${digest(join(import.meta.dirname, 'go', MODULES), own)}`,
    say,
    fill,
  });
  const manifests = join(home, 'manifests');
  return {
    schemaLocation: `${join(home, 'schemas')}/{{.ResourceKind}}{{.KindSuffix}}.json`,
    customResources: readdirSync(manifests)
      .sort()
      .map((file) => join(manifests, file)),
  };
}

async function fill(into: string): Promise<void> {
  const [schemas, manifests] = ['schemas', 'manifests'].map((name) => join(into, name)) as [
    string,
    string,
  ];
  for (const folder of [schemas, manifests]) mkdirSync(folder);
  const write = (files: ReadonlyMap<string, unknown>): void => {
    for (const [name, schema] of files) writeFileSync(join(schemas, name), JSON.stringify(schema));
  };
  const kubernetes = await goModule(MODULES, KUBERNETES);
  const openApi = readFileSync(join(kubernetes, 'api', 'openapi-spec', 'swagger.json'), 'utf8');
  write(openApiSchemas(JSON.parse(openApi) as Parameters<typeof openApiSchemas>[0]));
  for (const [module, pattern] of customResources) {
    const source = await goModule(MODULES, module);
    const found = globSync(pattern, { cwd: source });
    if (found.length === 0) throw new Error(`No file of ${module} matches ${pattern}`);
    for (const file of found) {
      const name = file.slice(file.lastIndexOf('/') + 1);
      copyFileSync(join(source, file), join(manifests, name));
      const definition = parse(
        readFileSync(join(source, file), 'utf8'),
      ) as CustomResourceDefinition;
      write(resourceSchemas(definition));
    }
  }
}
