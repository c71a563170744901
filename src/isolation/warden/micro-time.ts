/** A time as `MicroTime` of `meta/v1` reads it: six digits after the point, neither more nor less. Empty texts stay empty. */
export function microTime(time: string): string {
  const [, seconds = '', fraction = ''] = /^(.*:\d\d)(?:\.(\d+))?Z$/.exec(time) ?? [];
  return seconds === '' ? time : `${seconds}.${fraction.slice(0, 6).padEnd(6, '0')}Z`;
}
