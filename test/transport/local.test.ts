import { localTransport } from '../../engine/transport/local.ts';
import { openSession } from '../../engine/transport/session.ts';
import { conformance } from './conformance.ts';

conformance('local', async (shell, options) => {
  const target = { name: 'here', transport: 'local' as const, shell };
  return openSession(await localTransport(process.env).connect(target), target, options);
});
