import type { SystemdHost } from './systemd_host.ts';

/**
 * A stand-in for a kubelet before 1.25: it opens one connection to the bus when it starts (a real one, dbus-monitor's) and never
 * another, and complains as kubelet does once that is closed. It says that it is ready once dbus-monitor has been greeted.
 */
const kubelet = `#!/bin/sh
: >/run/kubelet.greeted
dbus-monitor --system "type='signal',interface='org.example.Nothing'" >/run/kubelet.greeted 2>&1 &
until [ -s /run/kubelet.greeted ]; do sleep 0.02; done
systemd-notify --ready
wait $!
while :; do
echo 'E1120 23:00:00.000000 pod_workers.go:951] "Error syncing pod, skipping" err="failed to ensure that the pod: x cgroups exist and are correctly applied: failed to create container for [kubepods besteffort podx] : dbus: connection closed by user"'
sleep 1
done
`;

/** The bus gives up a service after 25 s, which would cost a test minutes: here it is 3. */
const patience = `<busconfig><limit name="service_start_timeout">3000</limit></busconfig>\n`;

/** Puts on a host what hangs on its bus: a logind that is left alone, a kubelet, a firewalld. */
export async function furnishBus(host: SystemdHost): Promise<void> {
  await host.run('mkdir -p /etc/systemd/system/systemd-logind.service.d');
  // systemd 252 starts a service of Type=dbus anew by itself when its name goes; older ones, and lost races, do not.
  const alone = '[Service]\nType=simple\nWatchdogSec=0\n';
  await host.write('/etc/systemd/system/systemd-logind.service.d/alone.conf', alone);
  await host.write('/etc/dbus-1/system-local.conf', patience);
  await host.write('/usr/local/bin/kubelet', kubelet);
  await host.write(
    '/etc/systemd/system/kubelet.service',
    '[Service]\nType=notify\nNotifyAccess=all\nExecStart=/usr/local/bin/kubelet\n',
  );
  await host.write('/etc/systemd/system/firewalld.service', '[Service]\nExecStart=/bin/sleep infinity\n');
  await host.run(
    'chmod 755 /usr/local/bin/kubelet; systemctl daemon-reload; systemctl restart dbus; systemctl restart systemd-logind kubelet firewalld',
  );
}

/**
 * Restarts the bus for real. logind is held (SIGSTOP) meanwhile and from then on, since that of 252 would end itself when its connection
 * closes: what is left is a logind that runs, has lost its name, and holds a connection that is dead.
 */
export async function restartBus(host: SystemdHost): Promise<void> {
  await host.run(
    `p=$(systemctl show -p MainPID --value systemd-logind); kill -STOP "$p"
until grep -q '^State:.T' "/proc/$p/status"; do sleep 0.02; done
systemctl restart dbus`,
  );
  await complained(host);
}

/** Waits until the kubelet that runs now has said that its connection is closed. */
export async function complained(host: SystemdHost): Promise<void> {
  await host.run(
    'p=$(systemctl show -p MainPID --value kubelet); until journalctl -q -o cat -b "_PID=$p" | grep -qF "closed by user"; do sleep 0.1; done',
  );
}

/** When each of them began, or that it does not run. */
export async function began(host: SystemdHost): Promise<Readonly<Record<string, string>>> {
  const names = ['dbus', 'systemd-logind', 'kubelet', 'firewalld'];
  const show = names.map((name) => `systemctl show -p ExecMainStartTimestampMonotonic --value ${name}`);
  const times = (await host.run(show.join('; '))).trim().split('\n');
  return Object.fromEntries(names.map((name, index) => [name, times[index] ?? '']));
}
