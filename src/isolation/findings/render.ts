import { renderJson } from './render-json.ts';
import { renderJunit } from './render-junit.ts';
import { renderMarkdown } from './render-markdown.ts';
import { renderSarif } from './render-sarif.ts';
import { renderTable } from './render-table.ts';
import { renderTap } from './render-tap.ts';
import type { Report, ReportFormat } from './report.ts';

/** Prints a report in pieces. @param width columns, for the table; `null` where nobody looks at a terminal */
export function renderReport(
  report: Report,
  format: ReportFormat,
  width: number | null = null,
): Iterable<string> {
  switch (format) {
    case 'table':
      return renderTable(report, width);
    case 'json':
      return renderJson(report);
    case 'markdown':
      return renderMarkdown(report);
    case 'sarif':
      return renderSarif(report);
    case 'junit':
      return renderJunit(report);
    case 'tap':
      return renderTap(report);
  }
}
