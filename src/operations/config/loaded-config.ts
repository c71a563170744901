import type { AuditSettings } from '../../assurance/leak-audit/settings.ts';
import type { IsolationSettings } from '../../isolation/topology/isolation-settings.ts';
import type { WardenSettings } from '../../isolation/warden/settings.ts';
import type { StreamingSettings } from '../../streaming/settings.ts';
import type { MemoryBound } from './memory-bound.ts';
import type { HttpSettings, LogSettings } from './sections/service.ts';

/** A thing that the operator should know at each start, though it refuses nothing. */
export interface ConfigWarning {
  readonly path: string;
  readonly message: string;
}

/** The whole configuration: read, parsed, cross-checked and filled. */
export interface LoadedConfig {
  readonly settings: StreamingSettings;
  readonly http: HttpSettings;
  readonly log: LogSettings;
  /** `null` where the file has no such section. */
  readonly isolation: IsolationSettings | null;
  /** `isolation.warden`; `null` where the file has no section `isolation`. */
  readonly warden: WardenSettings | null;
  readonly audit: AuditSettings;
  readonly memoryBound: MemoryBound;
  readonly warnings: readonly ConfigWarning[];
  /** Every file that was read, absolute: the configuration itself, TLS files and `${file:…}` references. */
  readonly files: readonly string[];
}
