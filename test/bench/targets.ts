import { growth, perHost, type Large } from './large.ts';
import type { Measured } from './measure.ts';
import { clock, grid, median, ratio } from './table.ts';

/** What has been measured, by what it is called here. */
export interface Results {
  readonly one?: Measured;
  readonly fifty?: Measured;
  readonly first?: Measured;
  /** Seconds of `fettle --version`. */
  readonly version?: readonly number[];
  readonly large?: readonly Large[];
}

interface Target {
  readonly what: string;
  readonly most: number;
  readonly unit: '×' | 's' | 'MiB';
  readonly figure: number | null;
  /** The same by CPU, which says what the clock would on a machine with nothing else to do. */
  readonly cpu?: number | null;
}

/** Each target with the figure of this run; what was not measured is left out. */
export function targetTable({ one, fifty, first, version, large = [] }: Results): string {
  const fettle = one?.figures.find((figure) => figure.name === 'fettle');
  const targets: Target[] = [
    { what: 'all hosts converged, by hand = 1', most: 0.6, ...ratioTo('by hand', fifty) },
    { what: 'all hosts converged, ssh host true = 1', most: 1, ...ratioTo('ssh host true', fifty) },
    { what: 'first run on all hosts, by hand = 1', most: 2.5, ...ratioTo('by hand', first) },
    { what: 'one host, command to exit', most: 0.35, unit: 's', figure: fettle ? clock(fettle) : null },
    { what: 'fettle --version', most: 0.15, unit: 's', figure: version ? median(version) : null },
  ];
  for (const each of large) {
    const what = `${each.hosts.join(' → ')} hosts, ${each.state === 'first' ? 'first run' : each.state}, ${each.output}`;
    const stalls = [...each.few, ...each.many].map(({ stall }) => stall);
    const stallsByCpu = [...each.few, ...each.many].map(({ stallByCpu }) => stallByCpu);
    targets.push(
      { what, most: 10.5, unit: '×', figure: growth(each, 'seconds'), cpu: growth(each, 'cpu') },
      { what: '  memory a host', most: 1, unit: 'MiB', figure: perHost(each) / 2 ** 20 },
      {
        what: '  longest stall',
        most: 0.2,
        unit: 's',
        figure: Math.max(...stalls),
        cpu: Math.max(...stallsByCpu),
      },
    );
  }
  const rows = targets.flatMap(({ what, most, figure, unit, cpu }) =>
    figure === null
      ? []
      : [
          [
            what,
            `≤ ${most} ${unit}`,
            `${figure.toFixed(2)} ${unit}`,
            figure <= most ? 'yes' : 'no',
            typeof cpu === 'number' && !Number.isNaN(cpu) ? `${cpu.toFixed(2)} ${unit}` : '',
          ],
        ],
  );
  return `\n${grid([['Targets', 'target', 'figure', 'reached', 'by CPU'], ...rows])}`;
}

function ratioTo(other: string, measured: Measured | undefined): Pick<Target, 'unit' | 'figure' | 'cpu'> {
  const found = measured ? ratio(measured, 'fettle', other) : null;
  return { unit: '×', figure: found?.clock ?? null, cpu: found?.cpu ?? null };
}
