/** Growth as a picture: both axes logarithmic, so that time in proportion to size is a straight line of slope one. */

/** One line of the picture; points as `[workloads, seconds]`. */
export interface Curve {
  readonly name: string;
  readonly color: string;
  readonly points: readonly (readonly [number, number])[];
}

const [width, height, margin] = [720, 440, 60];

/** Draws the curves as SVG. */
export function plot(title: string, curves: readonly Curve[]): string {
  const all = curves.flatMap(({ points }) => points);
  const [left, right] = decades(all.map(([size]) => size));
  const [bottom, top] = decades(all.map(([, seconds]) => seconds));
  const x = (size: number): string =>
    (margin + ((Math.log10(size) - left) / (right - left)) * (width - 2 * margin)).toFixed(1);
  const y = (seconds: number): string =>
    (
      height -
      margin -
      ((Math.log10(seconds) - bottom) / (top - bottom)) * (height - 2 * margin)
    ).toFixed(1);
  const lines: string[] = [];
  for (let power = left; power <= right; power += 1)
    lines.push(
      `<line class="grid" x1="${x(10 ** power)}" x2="${x(10 ** power)}" y1="${margin}" y2="${height - margin}"/>`,
      `<text x="${x(10 ** power)}" y="${height - margin + 20}" text-anchor="middle">${10 ** power}</text>`,
    );
  for (let power = bottom; power <= top; power += 1)
    lines.push(
      `<line class="grid" x1="${margin}" x2="${width - margin}" y1="${y(10 ** power)}" y2="${y(10 ** power)}"/>`,
      `<text x="${margin - 8}" y="${y(10 ** power)}" text-anchor="end" dy="4">${Number((10 ** power).toPrecision(1))}</text>`,
    );
  for (const [at, { name, color, points }] of curves.entries()) {
    const path = points.map(([size, seconds]) => `${x(size)},${y(seconds)}`).join(' ');
    lines.push(`<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"/>`);
    for (const [size, seconds] of points)
      lines.push(
        `<circle cx="${x(size)}" cy="${y(seconds)}" r="3.5" fill="${color}"/>`,
        `<text x="${x(size)}" y="${y(seconds)}" dy="-8" text-anchor="middle" fill="${color}">${seconds.toPrecision(2)}</text>`,
      );
    lines.push(
      `<text x="${margin + 12}" y="${margin + 18 + 18 * at}" fill="${color}" font-weight="bold">${name}</text>`,
    );
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<style>.grid { stroke: #ccc }</style>
<rect width="100%" height="100%" fill="#fff"/>
<text x="${width / 2}" y="24" text-anchor="middle" font-size="15">${title}</text>
${lines.join('\n')}
<text x="${width / 2}" y="${height - 14}" text-anchor="middle">workloads, with as many policies</text>
<text x="16" y="${height / 2}" text-anchor="middle" transform="rotate(-90 16 ${height / 2})">seconds</text>
</svg>
`;
}

/** The powers of ten around all values, at least one apart. */
function decades(values: readonly number[]): readonly [number, number] {
  const low = Math.floor(Math.log10(Math.min(...values)));
  return [low, Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))))];
}
