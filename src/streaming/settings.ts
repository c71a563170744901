/**
 * What streaming is told: plain data that crosses threads by structured clone. The configuration file is parsed into these types by
 * `operations/config`; nothing here reads a file or an environment variable. Durations are milliseconds, sizes are bytes.
 */
import type { RecordLimits } from '../anonymization/formats/rewriter.ts';
import type { Rules } from '../anonymization/rules/rules.ts';
import type { TechniqueSpec } from '../anonymization/rules/technique-spec.ts';

export interface TlsSettings {
  /** PEM text, read when the configuration is loaded. */
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly serverName?: string;
  readonly rejectUnauthorized: boolean;
}

export type SaslSettings =
  | {
      readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
      readonly username: string;
      readonly password: string;
    }
  /** The token is read from the file anew at each authentication, since tokens expire. */
  | { readonly mechanism: 'OAUTHBEARER'; readonly tokenFile: string };

export interface ClusterSettings {
  /** The name under `kafka:` in the configuration. */
  readonly name: string;
  readonly bootstrapServers: readonly string[];
  readonly clientId: string;
  readonly tls: TlsSettings | null;
  readonly sasl: SaslSettings | null;
  readonly requestTimeout: number;
}

export interface RegistrySettings {
  readonly url: string;
  readonly auth:
    | { readonly type: 'none' }
    | { readonly type: 'basic'; readonly username: string; readonly password: string }
    | { readonly type: 'bearer'; readonly token: string };
  readonly tls: TlsSettings | null;
  readonly requestTimeout: number;
  readonly retries: number;
  /** How long an answer "no such schema" is believed. */
  readonly negativeTtl: number;
  readonly cacheEntries: number;
}

export type SubjectNameStrategy = 'topic' | 'record' | 'topic-record';

/** The type of a record key, a header or another value that has no registered schema. */
export type DeclaredType = 'string' | 'bytes' | 'uuid' | 'int' | 'long';

export interface KeySettings {
  /** `avro`: framed by the registry like the value; else the bytes are of the declared type. */
  readonly type: DeclaredType | 'avro';
  readonly spec: TechniqueSpec;
}

export interface RouteSettings {
  readonly name: string;
  readonly from: {
    readonly cluster: string;
    readonly topic: string | null;
    /** Source of an anchored regular expression; `null` when `topic` is exact. */
    readonly pattern: string | null;
  };
  readonly to: {
    readonly cluster: string;
    /** May use `$1` … of the pattern. */
    readonly topic: string;
    readonly create: boolean;
    readonly partitions: number | null;
    readonly replicationFactor: number | null;
  };
  readonly key: KeySettings;
  /** Headers that pass, each with what is done to it; header names are exact. */
  readonly headers: ReadonlyMap<string, TechniqueSpec>;
  /** What is done to the record timestamp. */
  readonly timestamp: TechniqueSpec;
  readonly rules: Rules;
  readonly onRefusal: 'quarantine' | 'halt';
  readonly subjectNameStrategy: SubjectNameStrategy;
  readonly outputSubjectNameStrategy: SubjectNameStrategy;
  /** Where the schema id is written: magic byte and 4-byte id, or header. Reading accepts both. */
  readonly framing: 'prefix' | 'header';
  readonly compression: 'source' | 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
  readonly partition: 'source' | 'rehash';
}

export interface QuarantineSettings {
  readonly cluster: string;
  readonly topic: string;
  readonly create: boolean;
}

export interface ServiceSettings {
  readonly groupId: string;
  /** Name of this instance for static membership and transactional ids; `null` for dynamic membership. */
  readonly instanceId: string | null;
  readonly shards: number;
  readonly dryRun: boolean;
  readonly sessionTimeout: number;
  readonly rebalanceTimeout: number;
  readonly heartbeatInterval: number;
  readonly startFrom: 'earliest' | 'latest';
  readonly transaction: {
    readonly maxAge: number;
    readonly maxBytes: number;
    readonly timeout: number;
  };
  readonly limits: RecordLimits & {
    /** Undecoded and encoded bytes that one shard may hold. */
    readonly inFlightBytes: number;
    readonly fetchBytes: number;
    readonly partitionFetchBytes: number;
    readonly outputBatchBytes: number;
    readonly plans: number;
    readonly schemaBytes: number;
  };
  readonly heartbeatDeadline: number;
  readonly drainTimeout: number;
}

export interface KeySource {
  readonly directory: string;
  readonly current: string;
}

export interface StreamingSettings {
  readonly clusters: ReadonlyMap<string, ClusterSettings>;
  readonly registry: RegistrySettings;
  readonly keys: KeySource;
  readonly routes: readonly RouteSettings[];
  readonly quarantine: QuarantineSettings;
  readonly service: ServiceSettings;
}
