import type { Figure, Measured } from './measure.ts';

/** The middle of a row of figures. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** The median of a contestant as a multiple of another's; null where one of them did not run. */
export function ratio(measured: Measured, name: string, other: string): Ratio | null {
  const [one, base] = [name, other].map((each) => measured.figures.find((figure) => figure.name === each));
  return one && base ? ratioOf(one, base) : null;
}

/** By the clock, and by the CPU of both sides where it could be read. */
export interface Ratio {
  readonly clock: number;
  readonly cpu: number | null;
}

/** Seconds from start to exit: the median. */
export function clock({ spent }: Figure): number {
  return median(spent.map((each) => each.seconds));
}

/** A measured task as a table: ratios first, seconds as a side note. */
export function tableOf(measured: Measured): string {
  const base = measured.figures.find((figure) => figure.name === 'by hand');
  const rows = measured.figures.map((figure) => {
    const compared = base ? ratioOf(figure, base) : null;
    return [
      figure.name,
      times(compared?.clock),
      times(compared?.cpu),
      `${clock(figure).toFixed(3)} (${figure.spent.map(({ seconds }) => seconds.toFixed(2)).join(' ')})`,
      ...(['controller', 'hosts'] as const).map((side) => cpu(figure, side)?.toFixed(2) ?? ''),
      figure.sends === undefined ? '' : String(figure.sends),
      figure.forks === undefined ? '' : String(figure.forks),
      figure.turns === undefined ? '' : figure.turns.toFixed(1),
    ];
  });
  return `\n${measured.task.title}\n${grid([head, ...rows])}`;
}

const head = [
  'by hand = 1',
  'clock',
  'CPU',
  'seconds: median (all)',
  'CPU controller',
  'CPU hosts',
  'sends',
  'forks',
  'turns',
];

/** A ratio as it is printed. */
export function times(value: number | null | undefined): string {
  return value === null || value === undefined ? '' : `${value.toFixed(2)} ×`;
}

/** Lines of columns that stand below each other. */
export function grid(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => `  ${line.trimEnd()}\n`)
    .join('');
}

function ratioOf(figure: Figure, base: Figure): Ratio {
  const [one, other] = [cpu(figure), cpu(base)];
  return {
    clock: clock(figure) / clock(base),
    cpu: one === null || other === null ? null : one / other,
  };
}

/** Seconds of CPU on one side or both: the median; null where it could not be read. */
function cpu({ spent }: Figure, side?: 'controller' | 'hosts'): number | null {
  const all = spent.flatMap((each) =>
    each.cpu ? [side ? each.cpu[side] : each.cpu.controller + each.cpu.hosts] : [],
  );
  return all.length === 0 ? null : median(all);
}
