import type { ModuleCases } from '../law_case.ts';
import { apt } from './apt.ts';
import { authorizedKey } from './authorized_key.ts';
import { authselect } from './authselect.ts';
import { avc } from './avc.ts';
import { blockinfile } from './blockinfile.ts';
import { chcon } from './chcon.ts';
import { command } from './command.ts';
import { copy } from './copy.ts';
import { cron } from './cron.ts';
import { assert, debug, fail, setFact } from './directives.ts';
import { dnf } from './dnf.ts';
import { faillock } from './faillock.ts';
import { fetch } from './fetch.ts';
import { file } from './file.ts';
import { find } from './find.ts';
import { getUrl } from './get_url.ts';
import { group } from './group.ts';
import { hostname } from './hostname.ts';
import { iniFile } from './ini_file.ts';
import { keepalivedScripts } from './keepalived_scripts.ts';
import { kernel } from './kernel.ts';
import { kernelCmdline } from './kernel_cmdline.ts';
import { kubernetesNode } from './kubernetes_node.ts';
import { lineinfile } from './lineinfile.ts';
import { loginCheck } from './login_check.ts';
import { modprobe } from './modprobe.ts';
import { mount } from './mount.ts';
import { packageModule } from './package.ts';
import { pam } from './pam.ts';
import { pamAuthUpdate } from './pam_auth_update.ts';
import { pause } from './pause.ts';
import { process } from './process.ts';
import { properties } from './properties.ts';
import { replace } from './replace.ts';
import { reboot } from './reboot.ts';
import { script } from './script.ts';
import { seboolean } from './seboolean.ts';
import { sefcontext } from './sefcontext.ts';
import { selinux } from './selinux.ts';
import { semodule } from './semodule.ts';
import { sepermissive } from './sepermissive.ts';
import { shell } from './shell.ts';
import { slurp } from './slurp.ts';
import { sshdConfig } from './sshd_config.ts';
import { stat } from './stat.ts';
import { sudoers } from './sudoers.ts';
import { sysctl } from './sysctl.ts';
import { systemd } from './systemd.ts';
import { systemdTimer } from './systemd_timer.ts';
import { systemdUnit } from './systemd_unit.ts';
import { tempfile } from './tempfile.ts';
import { template } from './template.ts';
import { unarchive } from './unarchive.ts';
import { uri } from './uri.ts';
import { user } from './user.ts';
import { waitFor } from './wait_for.ts';
import { waitForConnection } from './wait_for_connection.ts';

/** The cases of every module, by its name. */
export const moduleCases: Readonly<Record<string, ModuleCases>> = {
  apt,
  assert,
  authorized_key: authorizedKey,
  authselect,
  avc,
  blockinfile,
  chcon,
  command,
  copy,
  cron,
  debug,
  dnf,
  fail,
  faillock,
  fetch,
  file,
  find,
  get_url: getUrl,
  group,
  hostname,
  ini_file: iniFile,
  keepalived_scripts: keepalivedScripts,
  kernel,
  kernel_cmdline: kernelCmdline,
  kubernetes_node: kubernetesNode,
  lineinfile,
  login_check: loginCheck,
  modprobe,
  mount,
  package: packageModule,
  pam,
  pam_auth_update: pamAuthUpdate,
  pause,
  process,
  properties,
  replace,
  reboot,
  script,
  seboolean,
  sefcontext,
  selinux,
  semodule,
  sepermissive,
  set_fact: setFact,
  shell,
  slurp,
  sshd_config: sshdConfig,
  stat,
  sudoers,
  sysctl,
  systemd,
  systemd_timer: systemdTimer,
  systemd_unit: systemdUnit,
  tempfile,
  template,
  unarchive,
  uri,
  user,
  wait_for: waitFor,
  wait_for_connection: waitForConnection,
};
