import type { SystemdUnit } from './unit_systemd.ts';

/** A unit as systemd will tell of it once it has read `text` as the unit's own file, at `path`; how it runs stays as it was. */
export function unitAsRead(text: string, path: string, seen: SystemdUnit): SystemdUnit {
  const settings = readSettings(text);
  const service = (key: string) => settings.get(`Service.${key}`);
  const isService = seen.id.endsWith('.service');
  const { problem: _mended, ...rest } = seen;
  return {
    ...rest,
    load: 'loaded',
    enabled: enabledAsRead(settings, seen),
    needDaemonReload: false,
    fragmentPath: path,
    canReload: isService ? Boolean(service('ExecReload')) : seen.canReload,
    type: isService ? typeOf(settings) : '',
    remainAfterExit: /^(1|yes|y|true|t|on)$/i.test(service('RemainAfterExit') ?? ''),
    onDisk: true,
  };
}

/** Whether a drop-in alters nothing that is told of a unit beside its being read. */
export function leavesUnitAsTold(text: string): boolean {
  const told = /^Service\.(Type|ExecStart|ExecReload|RemainAfterExit|BusName)$|^Install\./;
  return [...readSettings(text).keys()].every((key) => !told.test(key));
}

/** The last value of each setting that has one, by `Section.Key`; see systemd.syntax(7). */
function readSettings(text: string): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  let section = '';
  for (const line of text.replaceAll(/\\\r?\n/g, ' ').split(/\r?\n/)) {
    const [, header] = /^\s*\[([^\]]*)\]\s*$/.exec(line) ?? [];
    if (header !== undefined) section = header;
    const [, key, value] = /^\s*([^#;\s=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined) settings.set(`${section}.${key}`, value ?? '');
  }
  return settings;
}

function typeOf(settings: ReadonlyMap<string, string>): string {
  const type = settings.get('Service.Type');
  if (type) return type;
  if (settings.get('Service.BusName')) return 'dbus';
  return settings.get('Service.ExecStart') ? 'simple' : 'oneshot';
}

function enabledAsRead(settings: ReadonlyMap<string, string>, seen: SystemdUnit): string {
  if (seen.enabled === 'enabled' || seen.enabled === 'enabled-runtime') return seen.enabled;
  const has = (...keys: string[]) => keys.some((key) => settings.get(`Install.${key}`));
  if (has('WantedBy', 'RequiredBy', 'UpheldBy', 'Alias')) return 'disabled';
  return has('Also') ? 'indirect' : 'static';
}
