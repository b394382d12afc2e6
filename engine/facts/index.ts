import type { Fact } from '../contract/fact.ts';
import { accountDefaults } from './account_defaults.ts';
import { authorizedKeys } from './authorized_keys.ts';
import { authselect } from './authselect.ts';
import { boot } from './boot.ts';
import { content } from './content.ts';
import { crontab } from './crontab.ts';
import { faillock, faillockTally } from './faillock.ts';
import { fileContexts } from './file_contexts.ts';
import { group } from './group.ts';
import { hostname } from './hostname.ts';
import { init } from './init.ts';
import { keepalived } from './keepalived.ts';
import { kernel } from './kernel.ts';
import { kernelModule } from './kernel_module.ts';
import { kernelPackages } from './kernel_packages.ts';
import { kubernetes } from './kubernetes.ts';
import { localAccount } from './local_account.ts';
import { localGroup } from './local_group.ts';
import { modified } from './modified.ts';
import { moduleFiles } from './module_files.ts';
import { mountSource } from './mount_source.ts';
import { mounts } from './mounts.ts';
import { os } from './os.ts';
import { packageFact } from './package.ts';
import { packageLists } from './package_lists.ts';
import { packageManager } from './package_manager.ts';
import { packageTransaction } from './package_transaction.ts';
import { pamFiles } from './pam_files.ts';
import { passwd } from './passwd.ts';
import { path } from './path.ts';
import { permissiveDomains } from './permissive_domains.ts';
import { processFact } from './process.ts';
import { program } from './program.ts';
import { removal } from './removal.ts';
import { selinux } from './selinux.ts';
import { selinuxBoolean } from './selinux_boolean.ts';
import { selinuxLabels } from './selinux_labels.ts';
import { selinuxModule } from './selinux_module.ts';
import { selinuxType } from './selinux_type.ts';
import { sshdEffective } from './sshd_effective.ts';
import { sshdFiles } from './sshd_files.ts';
import { sysctl } from './sysctl.ts';
import { sysctlFiles } from './sysctl_files.ts';
import { timer } from './timer.ts';
import { tree } from './tree.ts';
import { unit } from './unit.ts';
import { unitProcess } from './unit_process.ts';
import { unpacked } from './unpacked.ts';
import { userUnit } from './user_unit.ts';

/** Facts about the host itself, as playbooks name them: `facts.os.family`. */
export const hostFacts = { init, kernel, os, package_manager: packageManager, selinux } as const;

/** Every fact by its name, so that a run record can ask its questions again. */
export const facts: ReadonlyMap<string, Fact<never, unknown>> = new Map(
  [
    accountDefaults,
    authorizedKeys,
    authselect,
    boot,
    content,
    crontab,
    faillock,
    faillockTally,
    fileContexts,
    group,
    hostname,
    init,
    keepalived,
    kernel,
    kernelModule,
    kernelPackages,
    kubernetes,
    localAccount,
    localGroup,
    modified,
    moduleFiles,
    mountSource,
    mounts,
    os,
    packageFact,
    packageLists,
    packageManager,
    packageTransaction,
    pamFiles,
    passwd,
    path,
    permissiveDomains,
    processFact,
    program,
    removal,
    selinux,
    selinuxBoolean,
    selinuxLabels,
    selinuxModule,
    selinuxType,
    sshdEffective,
    sshdFiles,
    sysctl,
    sysctlFiles,
    timer,
    tree,
    unit,
    unitProcess,
    unpacked,
    userUnit,
  ].map((fact) => [fact.name, fact as Fact<never, unknown>]),
);
