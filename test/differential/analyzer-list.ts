/**
 * A list of connections as netpol-analyzer's binary prints it: it leaves out the "[External]" that its own test data has, which changes
 * the order of lines as well.
 */
export const asAnalyzerPrints = (list: string): string =>
  list
    .replaceAll('[External]', '')
    .split('\n')
    .filter((line) => line !== '')
    .toSorted()
    .map((line) => `${line}\n`)
    .join('');
