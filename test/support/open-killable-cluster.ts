import type { TestCluster } from './cluster.ts';

/** A cluster whose API server can be killed at any time and come back with its data. */
export interface KillableCluster {
  cluster: TestCluster;
  kill(): Promise<void>;
  startAgain(): Promise<void>;
}

/** The stand-in, or with `npm run test:cluster` a control plane of its own; undefined if there is none to kill. */
export async function openKillableCluster(): Promise<KillableCluster | undefined> {
  const { TEST_CLUSTER, KUBEBUILDER_ASSETS } = process.env;
  if (TEST_CLUSTER !== 'real') {
    const { startStandIn } = await import('../stand-in/stand-in.ts');
    const cluster = await startStandIn();
    return { cluster, kill: () => cluster.stopListening(), startAgain: () => cluster.resumeListening() };
  }
  if (!KUBEBUILDER_ASSETS) return undefined;
  const { startControlPlane } = await import('./control-plane.ts');
  const cluster = await startControlPlane(KUBEBUILDER_ASSETS);
  return { cluster, kill: () => cluster.kill(), startAgain: () => cluster.startAgain() };
}
