/** The API server that the demo writes to. It is a stand-in unless the caller chooses another one. */
import { access, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { suffix } from '../../test/support/api.ts';
import type { TestCluster } from '../../test/support/cluster.ts';

/** Something that the person who runs the demo must fix. */
export class DemoError extends Error {}

export interface Place {
  cluster: TestCluster;
  /** A namespace that does not exist yet. */
  namespace: string;
  /** What the person must know before anything is written. */
  notice: string;
}

/** @throws DemoError if something is wrong, before anything is written */
export async function openPlace(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Place> {
  const [flag, ...more] = args;
  if (more.length > 0 || (flag !== undefined && flag !== '--kubeconfig'))
    throw new DemoError(`the demo takes --kubeconfig or nothing, got ${args.join(' ')}`);
  if (flag === '--kubeconfig') return openKubeconfig(env['KUBECONFIG'] || join(homedir(), '.kube', 'config'));
  const { KUBEBUILDER_ASSETS: assets, KUBECONFIG: kubeconfig } = env;
  const notice = kubeconfig
    ? `The cluster of KUBECONFIG is left alone: npm run demo -- --kubeconfig writes there.`
    : '';
  if (!assets) {
    const { startStandIn } = await import('../../test/stand-in/stand-in.ts');
    return { cluster: await startStandIn(), namespace: 'shop', notice };
  }
  const { startControlPlane } = await import('../../test/support/control-plane.ts');
  try {
    return { cluster: await startControlPlane(assets), namespace: 'shop', notice };
  } catch (error) {
    throw new DemoError(
      `${(error as Error).message}. Without KUBEBUILDER_ASSETS the demo uses a stand-in: run env -u KUBEBUILDER_ASSETS npm run demo`,
    );
  }
}

async function openKubeconfig(file: string): Promise<Place> {
  const help =
    'Name the kubeconfig of a cluster that you may write to: KUBECONFIG=FILE npm run demo -- --kubeconfig';
  try {
    await access(file);
  } catch {
    throw new DemoError(`there is no kubeconfig ${file}. ${help}`);
  }
  try {
    const { connectKubeconfig } = await import('../../test/support/kubeconfig.ts');
    const cluster = await connectKubeconfig(file);
    const { status } = await cluster.request('GET', '/version');
    if (status !== 200) throw new Error(`${cluster.url}/version: expected 200, got ${status}`);
    const context = parse(await readFile(file, 'utf8'))['current-context'];
    const namespace = `shop-${suffix()}`;
    const notice = `This writes to the cluster of context ${context} (${cluster.url}), into the new namespace ${namespace}, and removes that at the end.`;
    return { cluster, namespace, notice };
  } catch (error) {
    throw new DemoError(`${file}: ${(error as Error).message}. ${help}`);
  }
}
