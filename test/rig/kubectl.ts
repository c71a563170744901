import { execute, type Executed } from './execute.ts';

/** kubectl as somebody. */
export interface Kubectl {
  /** The words of a command, for those who start it themselves; it asks for KUBECONFIG in its environment. */
  readonly kubectlCommand: (args: readonly string[]) => readonly [string, ...string[]];
  /** @throws Error with its complaint. */
  readonly kubectl: (args: readonly string[], input?: string) => Promise<string>;
  /** Tells how it ended. */
  readonly tryKubectl: (args: readonly string[], input?: string) => Promise<Executed>;
  /** Server-side apply of manifests, with unknown fields refused. */
  readonly apply: (manifests: string, args?: readonly string[]) => Promise<string>;
}

/** Longer than any wait that a caller gives kubectl itself; ms. */
const PATIENCE = 300_000;

export function kubectlOf(options: {
  /** What `kubernetes()` of the Go tools has built. */
  readonly program: string;
  readonly kubeconfig: string;
  /** Words in front of every command, such as those that enter a network namespace. */
  readonly enter?: readonly string[];
}): Kubectl {
  const { program, kubeconfig, enter = [] } = options;
  const kubectlCommand: Kubectl['kubectlCommand'] = (args) =>
    [...enter, program, 'kubectl', ...args] as unknown as readonly [string, ...string[]];
  const tryKubectl: Kubectl['tryKubectl'] = (args, input) => {
    // Its own cache of what the server offers would be written into the home folder.
    const env = { ...process.env, KUBECONFIG: kubeconfig, KUBECACHEDIR: `${kubeconfig}.cache` };
    return execute(kubectlCommand(args), {
      env,
      patience: PATIENCE,
      ...(input === undefined ? {} : { input }),
    });
  };
  const kubectl: Kubectl['kubectl'] = async (args, input) => {
    const { code, out, err } = await tryKubectl(args, input);
    if (code !== 0) throw new Error(`"kubectl ${args.join(' ')}" ended with ${code}:\n${err}`);
    return out;
  };
  return {
    kubectlCommand,
    kubectl,
    tryKubectl,
    apply: (manifests, args = []) =>
      kubectl(['apply', '--server-side', '--validate=strict', '-f', '-', ...args], manifests),
  };
}
