/**
 * `npm run test:cluster`: the integration tests against a real API server. Arguments go to node's test runner,
 * as in `npm run test:cluster -- --test-name-pattern=burst`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startControlPlane } from './support/control-plane.ts';

const { KUBEBUILDER_ASSETS, KUBECONFIG } = process.env;
if (!KUBEBUILDER_ASSETS && !KUBECONFIG) {
  console.error(
    'Needs a Kubernetes API server: set KUBEBUILDER_ASSETS to what ' +
      '`go run sigs.k8s.io/controller-runtime/tools/setup-envtest@latest use -p path` prints, ' +
      'or KUBECONFIG to the kubeconfig of a cluster.',
  );
  process.exit(1);
}

const folder = join(import.meta.dirname, 'integration');
const files = (await readdir(folder)).filter((name) => name.endsWith('.test.ts')).sort();
const controlPlane = KUBEBUILDER_ASSETS ? await startControlPlane(KUBEBUILDER_ASSETS) : undefined;
const args = [
  '--import=tsx',
  '--test',
  // One after the other, because the server counts its requests for all of them together.
  '--test-concurrency=1',
  ...process.argv.slice(2),
  ...files.map((name) => join(folder, name)),
];
const tests = spawn(process.execPath, args, {
  stdio: 'inherit',
  env: {
    ...process.env,
    TEST_CLUSTER: 'real',
    TEST_CLUSTER_KUBECONFIG: controlPlane?.kubeconfigFile ?? KUBECONFIG,
  },
});
// The test runner ends its files and itself; then the control plane can be stopped in peace.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => tests.kill(signal));
const [code] = await once(tests, 'exit');
await controlPlane?.close();
process.exit(code ?? 1);
