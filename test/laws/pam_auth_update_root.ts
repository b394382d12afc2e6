import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bringPrograms } from './programs.ts';

const tool = '/usr/sbin/pam-auth-update';
const templates = '/usr/share/pam';

/** Whether this machine is a Debian whose pam-auth-update can be lent. */
export const hasPamAuthUpdate = existsSync(tool) && existsSync(templates);

/** Enough of debconf for one run of a program; what it is told is forgotten afterwards. */
const debconf = `package Debconf::Client::ConfModule;
use strict;
use Exporter;
our @ISA = ('Exporter');
our @EXPORT_OK = qw(version capb x_loadtemplatefile subst settitle input go get set fset);
our %EXPORT_TAGS = (all => \\@EXPORT_OK);
my %values;
sub get { return defined $values{$_[0]} ? $values{$_[0]} : '' }
sub set { $values{$_[0]} = $_[1]; return 'value set' }
for my $name (qw(version capb x_loadtemplatefile subst settitle input go fset)) { no strict 'refs'; *$name = sub { return '' } }
1;
`;

/**
 * Brings the machine's own pam-auth-update with perl into a root, with the profile \`unix\` and one more that is off,
 * and lets it write the files. Debconf is imitated, since its database is the machine's.
 */
export function bringPamAuthUpdate(root: string): void {
  bringPrograms(root, ['/usr/bin/perl']);
  // The modules that it comes to load, and their compiled parts.
  const words = ['-MIPC::Open2', '-MExporter::Heavy', '-MFcntl', '-MDynaLoader', '-we'];
  const modules = spawnSync(
    'perl',
    [...words, 'print join("\\n", values %INC, @DynaLoader::dl_shared_objects)'],
    {
      encoding: 'utf8',
    },
  );
  for (const path of [...modules.stdout.split('\n'), tool]) copy(root, path);
  const folder = join(root, 'usr/share/perl5/Debconf/Client');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'ConfModule.pm'), debconf);
  mkdirSync(join(root, 'etc/pam.d'), { recursive: true });
  mkdirSync(join(root, 'var/lib/pam'), { recursive: true });
  for (const name of readdirSync(templates).filter((one) => /^common-[a-z-]+$/.test(one))) {
    copy(root, join(templates, name));
    copyFileSync(join(templates, name), join(root, 'etc/pam.d', name));
  }
  mkdirSync(join(root, 'usr/share/pam-configs'), { recursive: true });
  for (const [name, text] of Object.entries({ unix, group }))
    writeFileSync(join(root, 'usr/share/pam-configs', name), text);
  spawnSync('chroot', [root, tool, '--force'], {
    stdio: 'ignore',
    env: { PATH: '/usr/sbin:/usr/bin:/bin', LC_ALL: 'C' },
  });
}

function copy(root: string, path: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  copyFileSync(path, join(root, path));
}

// libpam-runtime 1.5.2-6+deb12u2, without the -Initial fields of password.
const unix = `Name: Unix authentication
Default: yes
Priority: 256
Auth-Type: Primary
Auth:
\t[success=end default=ignore]\tpam_unix.so nullok try_first_pass
Auth-Initial:
\t[success=end default=ignore]\tpam_unix.so nullok
Account-Type: Primary
Account:
\t[success=end new_authtok_reqd=done default=ignore]\tpam_unix.so
Session-Type: Additional
Session:
\trequired\tpam_unix.so
Password-Type: Primary
Password:
\t[success=end default=ignore]\tpam_unix.so obscure yescrypt
`;

const group = `Name: Groups by time and place
Default: no
Priority: 1
Auth-Type: Additional
Auth:
\toptional\tpam_group.so
`;
