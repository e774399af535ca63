import { fileURLToPath } from 'node:url';
import { type Application, runApplication } from '../support/application.ts';
import type { TestPod } from '../support/cluster.ts';

const MOUNT = new URL('./mount.mjs', import.meta.url).href;

/** Runs a file of `examples/` as it is, the way a container of the pod would run it. */
export function runExample(
  path: string,
  pod: TestPod | undefined,
  env: Record<string, string> = {},
  args: string[] = [],
): Application {
  const script = fileURLToPath(new URL(`../../examples/${path}`, import.meta.url));
  const loader = path.endsWith('.ts') ? ['--import', 'tsx'] : [];
  const mount = pod ? ['--import', MOUNT] : [];
  return runApplication({
    script,
    env,
    args,
    execArgv: [...mount, ...loader],
    ...(pod && { pod }),
    input: '',
  });
}
