import type { AnyModule } from '../contract/module.ts';

/** Every module by name, sorted; each is loaded when a playbook first names it. */
export const registry: Readonly<Record<string, () => Promise<AnyModule>>> = {
  assert: async () => (await import('./assert.ts')).assert,
  command: async () => (await import('./command.ts')).command,
  copy: async () => (await import('./copy.ts')).copy,
  debug: async () => (await import('./debug.ts')).debug,
  fail: async () => (await import('./fail.ts')).fail,
  file: async () => (await import('./file.ts')).file,
  lineinfile: async () => (await import('./lineinfile.ts')).lineinfile,
  properties: async () => (await import('./properties.ts')).properties,
  set_fact: async () => (await import('./set_fact.ts')).setFact,
  shell: async () => (await import('./shell.ts')).shell,
  stat: async () => (await import('./stat.ts')).stat,
  systemd: async () => (await import('./systemd.ts')).systemd,
  wait_for: async () => (await import('./wait_for.ts')).waitFor,
};
