import type { TestCluster } from './cluster.ts';

/**
 * The cluster for the integration tests. It is the stand-in, unless `npm run test:cluster` asks for a real one. A
 * KUBECONFIG that happens to be set in a shell is never used without that.
 */
export async function openCluster(): Promise<TestCluster> {
  if (process.env.TEST_CLUSTER !== 'real') {
    const { startStandIn } = await import('../stand-in/stand-in.ts');
    return startStandIn();
  }
  // Imported late, so that a test with the stand-in does not load them.
  const { TEST_CLUSTER_KUBECONFIG, KUBEBUILDER_ASSETS, KUBECONFIG } = process.env;
  const { connectKubeconfig } = await import('./kubeconfig.ts');
  // A control plane that is already running, for all test files.
  if (TEST_CLUSTER_KUBECONFIG) return connectKubeconfig(TEST_CLUSTER_KUBECONFIG);
  if (KUBEBUILDER_ASSETS) {
    const { startControlPlane } = await import('./control-plane.ts');
    return startControlPlane(KUBEBUILDER_ASSETS);
  }
  if (KUBECONFIG) return connectKubeconfig(KUBECONFIG);
  throw new Error('TEST_CLUSTER=real needs KUBEBUILDER_ASSETS or KUBECONFIG');
}
