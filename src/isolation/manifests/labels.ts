/** Labels of a pod or a namespace, as the API server stores them. */
export type Labels = ReadonlyMap<string, string>;

/**
 * A condition on labels. Every selector of every policy flavour becomes one of these, so that the evaluator knows one
 * language only. Keys are label keys of the pod, or one of the facts below, which no label key can spell ("%" is illegal).
 */
export type Predicate =
  | { readonly kind: 'all'; readonly of: readonly Predicate[] }
  | { readonly kind: 'any'; readonly of: readonly Predicate[] }
  | { readonly kind: 'not'; readonly of: Predicate }
  | { readonly kind: 'has'; readonly key: string }
  | { readonly kind: 'in'; readonly key: string; readonly values: readonly string[] }
  | {
      readonly kind: 'text';
      readonly key: string;
      readonly test: 'contains' | 'starts' | 'ends';
      readonly value: string;
    };

/** The fact "name of the pod's namespace". */
export const namespaceName = '%namespace';

/** The fact "name of the pod's service account". */
export const serviceAccountName = '%service-account';

/** The fact "what the pod's namespace carries under this label key". */
export const namespaceLabel = (key: string): string => `%namespace-label:${key}`;

/** The fact "what the pod's service account carries under this label key". */
export const serviceAccountLabel = (key: string): string => `%service-account-label:${key}`;

/** The fact "whether the pod is on the network of its node": `true` or `false`. */
export const onHostNetwork = '%host-network';

/** Pods with a network of their own: what flavours with endpoints of their own mean by a pod. */
export const ownNetwork: Predicate = { kind: 'in', key: onHostNetwork, values: ['false'] };

/** Matches everything: the empty selector `{}`. */
export const everything: Predicate = { kind: 'all', of: [] };

/** Matches nothing. */
export const nothing: Predicate = { kind: 'any', of: [] };

/** Matches pods of these namespaces. */
export const inNamespaces = (names: readonly string[]): Predicate => ({
  kind: 'in',
  key: namespaceName,
  values: names,
});

/** Both conditions at once; flattens, so that equal selectors print alike. */
export function both(first: Predicate, second: Predicate): Predicate {
  const parts = [first, second].flatMap((part) => (part.kind === 'all' ? part.of : [part]));
  return parts.length === 1 ? parts[0]! : { kind: 'all', of: parts };
}

/** The same condition on other keys, for example on the labels of the namespace in place of those of the pod. */
export function rekey(predicate: Predicate, key: (key: string) => string): Predicate {
  switch (predicate.kind) {
    case 'all':
    case 'any':
      return { kind: predicate.kind, of: predicate.of.map((part) => rekey(part, key)) };
    case 'not':
      return { kind: 'not', of: rekey(predicate.of, key) };
    case 'has':
    case 'in':
    case 'text':
      return { ...predicate, key: key(predicate.key) };
  }
}

/** Every key that the condition looks at. */
export function* keysOf(predicate: Predicate): Generator<string> {
  switch (predicate.kind) {
    case 'all':
    case 'any':
      for (const part of predicate.of) yield* keysOf(part);
      return;
    case 'not':
      yield* keysOf(predicate.of);
      return;
    case 'has':
    case 'in':
    case 'text':
      yield predicate.key;
  }
}

/** Whether a value satisfies a text test. */
export function textMatches(
  test: 'contains' | 'starts' | 'ends',
  text: string,
  value: string,
): boolean {
  switch (test) {
    case 'contains':
      return text.includes(value);
    case 'starts':
      return text.startsWith(value);
    case 'ends':
      return text.endsWith(value);
  }
}

/** Judges one set of labels; `look` returns the value under a key, undefined where there is none. */
export function matches(predicate: Predicate, look: (key: string) => string | undefined): boolean {
  switch (predicate.kind) {
    case 'all':
      return predicate.of.every((part) => matches(part, look));
    case 'any':
      return predicate.of.some((part) => matches(part, look));
    case 'not':
      return !matches(predicate.of, look);
    case 'has':
      return look(predicate.key) !== undefined;
    case 'in': {
      const value = look(predicate.key);
      return value !== undefined && predicate.values.includes(value);
    }
    case 'text': {
      const value = look(predicate.key);
      return value !== undefined && textMatches(predicate.test, value, predicate.value);
    }
  }
}
